//! The vendor, and somebody's account there.

use crate::{process::Process, service::OPERATOR};
use reqwest::Client;
use sandbox::{Config, ConnectApp, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};
use serde_json::{Value, json};
use std::net::TcpListener;
use uuid::Uuid;

pub const CLIENT_ID: &str = "google-bench.apps.googleusercontent.com";
pub const CLIENT_SECRET: &str = "google-client-secret-of-the-benchmark";
const STREAM: &str = "calendar_events";
/// What the sandbox makes at once at most.
const AT_ONCE: i32 = 5000;

/// The vendor, and where it sends people back to.
pub struct Vendor {
    running: Running,
    pub callback_origin: String,
}

impl Vendor {
    pub async fn start() -> Self {
        // Free a moment ago: nobody else on this machine takes ports as fast.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let callback_origin = format!("http://127.0.0.1:{port}");
        let client = |name: &str| vec![format!("{callback_origin}/oauth/{name}/callback")];
        let google = ConnectApp {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.into(),
            redirect_uris: client("google"),
        };
        let running = sandbox::spawn(Config {
            port: 0,
            github: GithubConfig {
                client_id: "gh-bench".to_owned(),
                client_secret: "github-client-secret-of-the-benchmark".into(),
                webhook_secret: "github-webhook-secret-of-the-benchmark".into(),
                redirect_uris: client("github"),
                app: None,
            },
            linear: LinearConfig {
                client_id: "lin-bench".to_owned(),
                client_secret: "linear-client-secret-of-the-benchmark".into(),
                webhook_secret: "linear-webhook-secret-of-the-benchmark".into(),
                redirect_uris: client("linear"),
            },
            connect: ConnectApps { google: Some(google), ..ConnectApps::default() },
            sign_in: SignInApps::default(),
            smtp_port: None,
            webhook_base: None,
            webhook_ca_pem_path: None,
            state_file: None,
        })
        .await
        .unwrap();
        Self { running, callback_origin }
    }

    pub fn google(&self) -> String {
        format!("{}/google", self.running.url)
    }

    /// So many events in the account's calendar.
    pub async fn fill(&self, count: i32) {
        let client = Client::builder().no_proxy().build().unwrap();
        let item = json!({
            "summary": "The roses unfold, all of them", "location": "The garden",
            "description": "Those who come early may help with the watering. ".repeat(10),
        });
        for first in (0..count).step_by(usize::try_from(AT_ONCE).unwrap()) {
            let order = json!({
                "account": "somebody", "kind": "calendar", "op": "create", "count": AT_ONCE.min(count - first), "item": item,
                "notify": false,
            });
            let url = format!("{}/_control/google/data", self.running.url);
            client.post(url).json(&order).send().await.unwrap().error_for_status().unwrap();
        }
    }

    /// The account, connected as an operator connects it, with its calendar only.
    pub async fn connect<'a>(&self, service: &'a Process) -> Connection<'a> {
        let redirects = reqwest::redirect::Policy::none();
        let client = Client::builder().redirect(redirects).no_proxy().build().unwrap();
        let tenant = Uuid::now_v7().to_string();
        let url = |path: &str| format!("{}{path}", service.origin);
        let signed = |request: reqwest::RequestBuilder| request.bearer_auth(OPERATOR).header("x-tenant-id", &tenant);
        signed(client.put(url(&format!("/tenants/{tenant}")))).send().await.unwrap();
        let wish = json!({"scopes": ["https://www.googleapis.com/auth/calendar.readonly"]});
        let started: Value =
            signed(client.post(url("/connect/google"))).json(&wish).send().await.unwrap().json().await.unwrap();
        let consent =
            format!("{}&sandbox_account=somebody&sandbox_consent=approve", started["authorize_url"].as_str().unwrap());
        let back = client.get(consent).send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
        let query = back.split_once('?').unwrap().1;
        let callback = signed(client.get(url(&format!("/connect/google/callback?{query}"))));
        let made: Value = callback.send().await.unwrap().json().await.unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        Connection { client, service, tenant, id, asked_at: std::cell::RefCell::new(String::new()) }
    }
}

/// A connection at the service.
pub struct Connection<'a> {
    client: Client,
    service: &'a Process,
    tenant: String,
    id: String,
    /// When the stream had come to its end before it was asked for anew.
    asked_at: std::cell::RefCell<String>,
}

impl Connection<'_> {
    async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.service.origin));
        let answer = request.bearer_auth(OPERATOR).header("x-tenant-id", &self.tenant).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    pub async fn stream(&self) -> Value {
        let mut list = self.get(&format!("/connections/{}/streams", self.id)).await;
        let found = list["streams"].as_array_mut().unwrap().iter_mut().find(|stream| stream["name"] == STREAM);
        let stream = found.unwrap().take();
        assert!(stream["error"].is_null(), "{stream}");
        stream
    }

    /// Whether it has come to its end since it was asked for.
    pub fn is_answered(&self, stream: &Value) -> bool {
        stream["finished_at"].as_str() != Some(self.asked_at.borrow().as_str())
    }

    /// From the beginning.
    pub async fn sync_anew(&self) {
        self.asked_at.replace(self.stream().await["finished_at"].as_str().unwrap().to_owned());
        let request = self.client.post(format!("{}/connections/{}/sync", self.service.origin, self.id));
        let request = request.bearer_auth(OPERATOR).header("x-tenant-id", &self.tenant);
        let answer = request.json(&json!({"streams": [STREAM], "mode": "full"})).send().await.unwrap();
        answer.error_for_status().unwrap();
    }

    pub async fn token(&self) -> String {
        let vended = self.get(&format!("/oauth/token/google?connection_id={}", self.id)).await;
        vended["access_token"].as_str().unwrap().to_owned()
    }
}
