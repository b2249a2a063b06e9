//! The vendor, and somebody's account there.

use crate::{
    process::Process,
    sandbox_of::{self, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET},
    start::{self, OPERATOR},
};
use reqwest::Client;
use sandbox::Running;
use serde_json::{Value, json};
use testkit::Database;
use uuid::Uuid;

const STREAM: &str = "calendar_events";
/// What the sandbox makes at once at most.
const AT_ONCE: i32 = 5000;

/// The vendor, and where it sends people back to.
pub struct Vendor {
    running: Running,
    callback_origin: String,
}

impl Vendor {
    pub async fn start() -> Self {
        let callback_origin = start::free_origin();
        let running = sandbox_of::start(&callback_origin).await;
        Self { running, callback_origin }
    }

    /// The service that it sends people back to.
    pub async fn service(&self, database: &Database) -> Process {
        let google = [
            ("GOOGLE_CLIENT_ID", GOOGLE_CLIENT_ID),
            ("GOOGLE_CLIENT_SECRET", GOOGLE_CLIENT_SECRET),
            ("GOOGLE_BASE_URL", &self.google()),
        ];
        start::start(database, self.callback_origin.clone(), &google).await
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
        let (tenant, wish) = (Uuid::now_v7(), json!({"scopes": ["https://www.googleapis.com/auth/calendar.readonly"]}));
        let mut ids = sandbox_of::connected(service, tenant, "google", &["somebody".to_owned()], &wish).await;
        let client = Client::builder().no_proxy().build().unwrap();
        let (id, asked_at) = (ids.remove(0), std::cell::RefCell::default());
        Connection { client, service, tenant: tenant.to_string(), id, asked_at }
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
