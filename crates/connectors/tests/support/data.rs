//! Webhooks to deliver.

use super::{Answer, Client, Server, github_signature};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Event {
    name: String,
    examples: Vec<Value>,
}

/// Every webhook payload that Octokit publishes, under its event's name.
#[expect(clippy::disallowed_methods, reason = "the file comes from a package that is not in the repository")]
pub fn octokit_examples() -> Vec<(String, Value)> {
    let path = std::env::var("OCTOKIT_EXAMPLES").expect(
        "OCTOKIT_EXAMPLES does not say where api.github.com/index.json of npm's @octokit/webhooks-examples is; \
         `make test` fetches the package and sets it",
    );
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("OCTOKIT_EXAMPLES={path} cannot be read: {error}"));
    let events: Vec<Event> =
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("OCTOKIT_EXAMPLES={path}: {error}"));
    events
        .into_iter()
        .flat_map(|event| event.examples.into_iter().map(move |example| (event.name.clone(), example)))
        .collect()
}

/// GitHub as a sender of webhooks, without the detour through the sandbox.
#[derive(Clone)]
pub struct Deliveries {
    client: Client,
    path: String,
}

impl Deliveries {
    /// To the app-wide address (`/webhooks/github`), or a tenant's.
    pub fn to(server: &Server, path: &str) -> Self {
        Self { client: server.anonymous(), path: path.to_owned() }
    }

    /// The same sender to another process.
    pub fn at(&self, url: &str) -> Self {
        Self { client: self.client.at(url), ..self.clone() }
    }

    pub async fn send(&self, event: &str, id: &str, payload: &Value) -> Answer {
        let body = payload.to_string();
        self.client
            .with("content-type", "application/json")
            .with("x-github-event", event)
            .with("x-github-delivery", id)
            .with("x-hub-signature-256", &github_signature(body.as_bytes()))
            .send(Method::POST, &self.path, body)
            .await
    }
}
