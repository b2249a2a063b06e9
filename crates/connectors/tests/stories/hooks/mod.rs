//! Hooks at the vendors: registered when an account is connected, kept alive, and removed with it.

mod catch_up;
mod end;
mod keep;
mod register;

use crate::support::{Answer, Server};
use connectors::workers;
use kernel::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;
use vault::{Context, Sealed};

/// Linear's hooks are the app's own where the operator has set one up.
const LINEAR_BY_ITSELF: &[(&str, &str)] = &[("LINEAR_WEBHOOK_SECRET", "")];
const TOPIC: &str = "projects/garden/topics/mail";
const WITH_MAIL: &[(&str, &str)] =
    &[("GOOGLE_PUBSUB_TOPIC", TOPIC), ("GOOGLE_PUBSUB_SERVICE_ACCOUNT", "push@sandbox.iam.gserviceaccount.com")];

async fn tend(server: &Server) {
    workers::tend_hooks(&server.app).await.unwrap();
}

/// An account with hooks: connected, and its hooks registered.
async fn hooked(server: &Server, tenant: Uuid, provider: &str, account: &str) -> Value {
    let scopes = match provider {
        "linear" => json!({"scopes": ["read", "admin"]}),
        _ => json!({}),
    };
    let connection = server.connected_as(tenant, provider, account, &scopes).await;
    tend(server).await;
    connection
}

/// What apps have registered there and has not ended.
async fn at_vendor(server: &Server, vendor: &str) -> Vec<Value> {
    let hooks = server.sandbox.look(&format!("{vendor}/hooks")).await;
    hooks.as_array().unwrap().iter().filter(|hook| hook["ended"] == false).cloned().collect()
}

/// Channels, at vendors that call them so.
async fn channels(server: &Server, vendor: &str) -> Vec<Value> {
    let watches = server.sandbox.look(&format!("{vendor}/watches")).await;
    watches["watches"].as_array().unwrap().iter().filter(|watch| watch["expired"] == false).cloned().collect()
}

async fn shown(server: &Server, tenant: Uuid, connection: &Value) -> Vec<Value> {
    server.connection(tenant, &connection["id"]).await["hooks"].as_array().unwrap().clone()
}

/// Targets and states, as they are shown.
async fn states(server: &Server, tenant: Uuid, connection: &Value) -> Vec<(String, String)> {
    let text = |hook: &Value, name: &str| hook[name].as_str().unwrap().to_owned();
    shown(server, tenant, connection).await.iter().map(|hook| (text(hook, "target"), text(hook, "state"))).collect()
}

async fn status(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.connection(tenant, &connection["id"]).await["health"]["status"].clone()
}

/// Ends it; what became of it at the vendor.
async fn end(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    server.operator(tenant).delete(&path).await.with(200)["at_provider"].clone()
}

/// A payload that the vendor publishes.
fn fixture(vendor: &str, name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../providers/src/{vendor}/fixtures/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The only hook there sends something; what our door said.
async fn sends(server: &Server, vendor: &str, event: &str, payload: Value) -> Value {
    let hooks = at_vendor(server, vendor).await;
    assert_eq!(hooks.len(), 1, "{hooks:?}");
    let path = format!("{vendor}/hooks/{}/deliver", hooks[0]["id"].as_str().unwrap());
    server.sandbox.control(&path, json!({"event": event, "payload": payload})).await
}

/// Kinds and connections of what a tenant was told, but of connections themselves.
async fn told(server: &Server, tenant: Uuid) -> Vec<(Value, Value)> {
    server.read_deliveries().await;
    let page = server.operator(tenant).get("/signals").await.with(200);
    let signals = page["signals"].as_array().unwrap().iter().rev();
    let others = signals.filter(|one| !one["kind"].as_str().unwrap().starts_with("connection_"));
    others.map(|one| (one["kind"].clone(), one["connection_id"].clone())).collect()
}

/// A hook of a tenant, and the secret it was registered with.
async fn secret_of(server: &Server, tenant: Uuid) -> (Uuid, Secret) {
    let (id, sealed): (Uuid, Vec<u8>) = sqlx::query_as("select id, sealed from hooks where tenant_id = $1")
        .bind(tenant)
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    let context = Context::new("hooks", format!("{tenant}/{id}"), "secret");
    let opened = server.app.vault.open(&Sealed::from_bytes(sealed).unwrap(), &context).unwrap();
    (id, Secret::from(std::str::from_utf8(&opened).unwrap()))
}

/// Something that GitHub would send, signed with this secret, to this address.
async fn posts(server: &Server, path: &str, secret: &Secret, delivery: &str) -> Answer {
    let body = fixture("github", "issues.opened_at_a_repository_hook").to_string();
    let signature = sandbox::sign_github(secret, body.as_bytes());
    let client = server.anonymous().with("content-type", "application/json").with("x-github-event", "issues");
    let client = client.with("x-github-delivery", delivery).with("x-hub-signature-256", &signature);
    client.send(Method::POST, path, body).await
}
