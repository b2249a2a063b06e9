//! Signatures and deliveries.

use crate::{
    receiver::receiver,
    support::{config, start},
};
use kernel::{Clock, Secret};
use reqwest::StatusCode;
use sandbox::{Config, sign_github, sign_linear};
use serde_json::json;

/// GitHub's published vector, two of ours, and ours for Linear, each computed with another tool as well.
#[test]
fn signatures_equal_the_known_vectors() {
    let published = sign_github(&Secret::from("It's a Secret to Everybody"), b"Hello, World!");
    assert_eq!(published, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    let secret = Secret::from("gh_test_secret");
    let form = sign_github(&secret, b"payload=%7B%22zen%22%3A%22x%22%7D");
    assert_eq!(form, "sha256=3f4ebe4afdde23b075af03563dd81952e5d7aad6d18b022c6721d5be9308602d");
    let emoji = sign_github(&secret, "{\"title\":\"ünicöde 😀\"}".as_bytes());
    assert_eq!(emoji, "sha256=18aa78e45d38f06d8db8be5cdf338cba2cc0253f417b7590125ca93fbaf1430e");
    let body = br#"{"action":"create","type":"Issue","createdAt":"2026-01-02T03:04:05.678Z","organizationId":"00000000-0000-4000-8000-000000000001","webhookTimestamp":1767323045678}"#;
    let linear = sign_linear(&Secret::from("lin_wh_test_secret"), body);
    assert_eq!(linear, "ea8a54371315f9bf836527c7abfde3fb099f8231c4248aa90e5dd185f0fda0e0");
}

/// GitHub's payload goes out byte for byte as it was given, with GitHub's headers.
#[tokio::test]
async fn a_github_event_is_delivered_as_github_does() {
    let mut receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    let order = r#"{"path": "/webhooks/github/T", "event": "issues", "delivery_id": "d-1",
                    "payload": {"z": 1.0,  "a": "\u00fc", "n": 12345678901234567890123}}"#;
    let url = sandbox.url("/_control/github/webhooks");
    let request = sandbox.client.post(url).header("content-type", "application/json").body(order);
    let answer = crate::support::answer(request.send().await.unwrap()).await;
    assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({"status": 202, "body": "taken"})));

    let delivery = receiver.deliveries.recv().await.unwrap();
    assert_eq!(delivery.body, r#"{"z": 1.0,  "a": "\u00fc", "n": 12345678901234567890123}"#);
    let seen = ["x-github-event", "x-github-delivery", "content-type"].map(|name| delivery.header(name));
    assert_eq!((delivery.path.as_str(), seen), ("/webhooks/github/T", ["issues", "d-1", "application/json"]));
    let signed = sign_github(&Secret::from("gh_test_secret"), &delivery.body);
    assert_eq!(delivery.header("x-hub-signature-256"), signed);
    assert_eq!(sandbox.counter("github", "deliveries_sent").await, 1);
}

/// Linear's time stands in the signed body, and can be moved.
#[tokio::test]
async fn a_linear_event_carries_its_time_in_the_signed_body() {
    let mut receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    for offset in [0, -61] {
        let payload = json!({"action": "create", "type": "Issue"});
        let order = json!({
            "path": "/webhooks/linear", "event": "Issue", "payload": payload, "timestamp_offset_seconds": offset,
        });
        let before = Clock::system().now().timestamp_millis();
        sandbox.control("linear/webhooks", order).await;
        let delivery = receiver.deliveries.recv().await.unwrap();
        assert_eq!(delivery.header("linear-event"), "Issue");
        assert_eq!(
            delivery.header("linear-signature"),
            sign_linear(&Secret::from("lin_wh_test_secret"), &delivery.body)
        );
        let sent = delivery.json()["webhookTimestamp"].as_i64().unwrap() - offset * 1000;
        assert!((before..=Clock::system().now().timestamp_millis()).contains(&sent));
    }
}

/// A tampered body is still the same JSON; only its signature does not fit.
#[tokio::test]
async fn tampering_breaks_the_signature_and_nothing_else() {
    let mut receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    let order = json!({"path": "/webhooks/github", "event": "issues", "payload": {"a": 1}, "tamper": true});
    sandbox.control("github/webhooks", order).await;
    let delivery = receiver.deliveries.recv().await.unwrap();
    assert_eq!(delivery.json(), json!({"a": 1}));
    let signed = sign_github(&Secret::from("gh_test_secret"), &delivery.body);
    assert_ne!(delivery.header("x-hub-signature-256"), signed);
}

/// Deliveries go to the configured base and nowhere else, and without one nowhere.
#[tokio::test]
async fn deliveries_stay_on_the_webhook_base() {
    let receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base), ..config() }).await;
    for path in ["//127.0.0.1:9/x", "http://127.0.0.1:9/", "webhooks"] {
        let order = json!({"path": path, "event": "issues", "payload": {}});
        assert_eq!(sandbox.control("github/webhooks", order).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    let sandbox = start(config()).await;
    let order = json!({"path": "/webhooks/github", "event": "issues", "payload": {}});
    assert_eq!(sandbox.control("github/webhooks", order).await.status, StatusCode::CONFLICT);
}

/// When a person removes the app, the vendor's own webhook about it can be sent along.
#[tokio::test]
async fn a_removal_can_be_announced() {
    let mut receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    for (vendor, event, value) in [
        (crate::support::GITHUB, "x-github-event", "github_app_authorization"),
        (crate::support::LINEAR, "linear-event", "OAuthApp"),
    ] {
        sandbox.connect(vendor).await;
        let done = sandbox.control(&format!("{}/revoke", vendor.slug), json!({"notify": true})).await;
        assert_eq!(done.body["revoked"], 1);
        let delivery = receiver.deliveries.recv().await.unwrap();
        assert_eq!((delivery.header(event), delivery.json()["action"].as_str()), (value, Some("revoked")));
    }
}
