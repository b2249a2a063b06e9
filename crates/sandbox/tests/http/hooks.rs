//! Registered hooks behind the scenes: listed, lost, kept over a restart, and never sent anywhere else.

use crate::{
    receiver::receiver,
    support::{GITHUB, GITHUB_CALLBACK, Sandbox, answer, config, start},
};
use reqwest::StatusCode;
use sandbox::Config;
use serde_json::{Value, json};
use std::fs;

async fn make(sandbox: &Sandbox, token: &str, url: &str) -> Value {
    let wish = json!({"events": ["push"], "config": {"url": url, "content_type": "json", "secret": "its own"}});
    let url = sandbox.url("/github/api/v3/repos/sandbox-octo/hello/hooks");
    let made = answer(sandbox.client.post(url).bearer_auth(token).json(&wish).send().await.unwrap()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body["id"].clone()
}

async fn listed(sandbox: &Sandbox, vendor: &str) -> Value {
    answer(sandbox.get(&format!("/_control/{vendor}/hooks")).await).await.body
}

/// What is registered is listed without its secret, and can be lost without a word, once.
#[tokio::test]
async fn a_hook_is_listed_and_can_be_lost() {
    let receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    let (token, _) = sandbox.connect(GITHUB).await;
    let id = make(&sandbox, &token, &receiver.url("/w?x=1")).await.to_string();
    let hook = json!({
        "id": id, "url": receiver.url("/w?x=1"), "events": ["push"], "expires_at": null, "ended": false, "active": true,
        "account": "sandbox-octo", "place": "sandbox-octo/hello",
    });
    assert_eq!(listed(&sandbox, "github").await, json!([hook]));
    assert_eq!(listed(&sandbox, "slack").await, json!([]));
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        let url = sandbox.url(&format!("/_control/github/hooks/{id}"));
        assert_eq!(sandbox.client.delete(url).send().await.unwrap().status(), status);
    }
    let order = json!({"event": "push", "payload": {}});
    let gone = sandbox.control(&format!("github/hooks/{id}/deliver"), order).await;
    assert_eq!((gone.status, listed(&sandbox, "github").await), (StatusCode::NOT_FOUND, json!([])));
}

/// An event that a hook was not registered for is not sent there, and payloads go out byte by byte.
#[tokio::test]
async fn a_hook_is_sent_only_what_it_takes() {
    let mut receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    let (token, _) = sandbox.connect(GITHUB).await;
    let id = make(&sandbox, &token, &receiver.url("/w?x=1")).await;
    receiver.deliveries.recv().await.unwrap();
    let refused = json!({"event": "issues", "payload": {}});
    let path = format!("github/hooks/{id}/deliver");
    assert_eq!(sandbox.control(&path, refused).await.status, StatusCode::CONFLICT);
    let order = r#"{"event": "push", "payload": {"z": 1.0,  "a": "\u00fc"}}"#;
    let url = sandbox.url(&format!("/_control/{path}"));
    sandbox.client.post(url).header("content-type", "application/json").body(order).send().await.unwrap();
    let delivery = receiver.deliveries.recv().await.unwrap();
    assert_eq!((delivery.query.as_deref(), &delivery.body[..]), (Some("x=1"), &br#"{"z": 1.0,  "a": "\u00fc"}"#[..]));
}

/// An address where the app's callbacks are is the receiver's public name: what goes there arrives at the base.
#[tokio::test]
async fn an_address_beside_the_callbacks_is_delivered_to_the_base() {
    let mut receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    let (token, _) = sandbox.connect(GITHUB).await;
    make(&sandbox, &token, &GITHUB_CALLBACK.replace("/oauth/github/callback", "/webhooks/github/T?x=1")).await;
    let ping = receiver.deliveries.recv().await.unwrap();
    assert_eq!((ping.path.as_str(), ping.query.as_deref()), ("/webhooks/github/T", Some("x=1")));
}

/// Hooks outlive a restart with their secrets, and numbers do not come back.
#[tokio::test]
async fn hooks_outlive_a_restart() {
    let file = std::env::temp_dir().join(format!("sandbox-{}.json", kernel::alphanumeric(16)));
    let mut receiver = receiver().await;
    let config = Config { webhook_base: Some(receiver.base.clone()), state_file: Some(file.clone()), ..config() };
    let before = start(config.clone()).await;
    let (token, _) = before.connect(GITHUB).await;
    let id = make(&before, &token, &receiver.url("/w")).await;
    let greeting = receiver.deliveries.recv().await.unwrap();
    before.running.stop().await;

    let after = start(config).await;
    let order = json!({"event": "push", "payload": greeting.json()});
    after.control(&format!("github/hooks/{id}/deliver"), order).await;
    let delivery = receiver.deliveries.recv().await.unwrap();
    let signed = sandbox::sign_github(&kernel::Secret::from("its own"), &delivery.body);
    assert_eq!(delivery.header("x-hub-signature-256"), signed);
    let next = make(&after, &token, &receiver.url("/w/2")).await;
    assert_eq!(next.as_u64(), id.as_u64().map(|id| id + 1));
    fs::remove_file(file).unwrap();
}
