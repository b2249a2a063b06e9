//! The sandbox as the vendor, which sends people back to the service.

use crate::{process::Process, start::OPERATOR};
use reqwest::Client;
use sandbox::{Config, ConnectApp, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};
use serde_json::Value;
use uuid::Uuid;

pub const GOOGLE_CLIENT_ID: &str = "google-bench.apps.googleusercontent.com";
pub const GOOGLE_CLIENT_SECRET: &str = "google-client-secret-of-the-benchmark";
pub const LINEAR_CLIENT_ID: &str = "lin-bench";
pub const LINEAR_CLIENT_SECRET: &str = "linear-client-secret-of-the-benchmark";

pub async fn start(callback_origin: &str) -> Running {
    let back = |name: &str| vec![format!("{callback_origin}/oauth/{name}/callback")];
    sandbox::spawn(Config {
        port: 0,
        github: GithubConfig {
            client_id: "gh-bench".to_owned(),
            client_secret: "github-client-secret-of-the-benchmark".into(),
            webhook_secret: "github-webhook-secret-of-the-benchmark".into(),
            redirect_uris: back("github"),
            app: None,
        },
        linear: LinearConfig {
            client_id: LINEAR_CLIENT_ID.to_owned(),
            client_secret: LINEAR_CLIENT_SECRET.into(),
            webhook_secret: "linear-webhook-secret-of-the-benchmark".into(),
            redirect_uris: back("linear"),
        },
        connect: ConnectApps {
            google: Some(ConnectApp {
                client_id: GOOGLE_CLIENT_ID.to_owned(),
                client_secret: GOOGLE_CLIENT_SECRET.into(),
                redirect_uris: back("google"),
            }),
            ..ConnectApps::default()
        },
        sign_in: SignInApps::default(),
        smtp_port: None,
        webhook_base: None,
        webhook_ca_pem_path: None,
        state_file: None,
    })
    .await
    .unwrap()
}

/// People of a tenant of their own, connected as an operator connects them; the ids of the connections.
pub async fn connected(
    service: &Process,
    tenant: Uuid,
    provider: &str,
    people: &[String],
    wish: &Value,
) -> Vec<String> {
    let redirects = reqwest::redirect::Policy::none();
    let client = Client::builder().redirect(redirects).no_proxy().build().unwrap();
    let url = |path: &str| format!("{}{path}", service.origin);
    let signed =
        |request: reqwest::RequestBuilder| request.bearer_auth(OPERATOR).header("x-tenant-id", tenant.to_string());
    signed(client.put(url(&format!("/tenants/{tenant}")))).send().await.unwrap();
    let mut ids = Vec::new();
    for person in people {
        let start = signed(client.post(url(&format!("/connect/{provider}")))).json(wish);
        let started: Value = start.send().await.unwrap().json().await.unwrap();
        let consent = started["authorize_url"].as_str().unwrap();
        let consent = format!("{consent}&sandbox_account={person}&sandbox_consent=approve");
        let back = client.get(consent).send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
        let query = back.split_once('?').unwrap().1;
        let callback = signed(client.get(url(&format!("/connect/{provider}/callback?{query}"))));
        let made: Value = callback.send().await.unwrap().json().await.unwrap();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    ids
}
