//! What Slack sends, and how it signs.

use crate::{
    connect::connect_config,
    receiver::{Delivery, Receiver, receiver},
    support::{Sandbox, start},
};
use kernel::{Clock, Secret};
use reqwest::StatusCode;
use sandbox::{Config, sign_slack};
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn scene() -> (Sandbox, Receiver) {
    let receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..connect_config() }).await;
    (sandbox, receiver)
}

async fn sent(sandbox: &Sandbox, receiver: &mut Receiver, order: Value) -> Delivery {
    let answer = sandbox.control("slack/webhook", order).await;
    assert_eq!((answer.status, &answer.body["status"]), (StatusCode::OK, &json!(202)), "{}", answer.body);
    receiver.deliveries.recv().await.unwrap()
}

fn is_signed(delivery: &Delivery) -> bool {
    let timestamp = delivery.header("x-slack-request-timestamp");
    let signature = sign_slack(&Secret::from("slack_test_secret"), timestamp, &delivery.body);
    delivery.header("x-slack-signature") == signature
}

fn form(delivery: &Delivery) -> BTreeMap<String, String> {
    assert_eq!(delivery.header("content-type"), "application/x-www-form-urlencoded");
    url::form_urlencoded::parse(&delivery.body).into_owned().collect()
}

/// The published vector, and one of ours that another tool computed as well.
#[test]
fn signatures_equal_the_known_vectors() {
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let published = sign_slack(&Secret::from("8f742231b10e8888abcd99yyyzzz85a5"), "1531420618", body);
    assert_eq!(published, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    let body = br#"{"type":"event_callback","team_id":"T1","event_id":"Ev1","event_time":1700000000,"event":{"type":"reaction_added"}}"#;
    let ours = sign_slack(&Secret::from("slack_test_secret"), "1700000000", body);
    assert_eq!(ours, "v0=af2ec6ed8fe90ddc74a56bcfa6a51cd1b7fc24d1624bf9f70d81e6345e8d5627");
}

/// An event comes in its envelope, which says whose it is; what the caller says of the envelope stands.
#[tokio::test]
async fn an_event_comes_in_its_envelope() {
    let (sandbox, mut receiver) = scene().await;
    let event = json!({"type": "message", "channel": "C1", "ts": "1.000200", "event_ts": "1.000200", "text": "ü"});
    let order = json!({"account": "ann", "payload": event, "envelope": {"event_id": "Ev1"}});
    let delivery = sent(&sandbox, &mut receiver, order).await;
    assert!(is_signed(&delivery));
    let mut body = delivery.json();
    assert_eq!((&body["type"], &body["event_id"], &body["event"]), (&json!("event_callback"), &json!("Ev1"), &event));
    assert!(body["event_time"].is_i64() && body["event_context"].is_string() && body["api_app_id"].is_string());
    let authorization = body["authorizations"][0].take();
    assert_eq!((&authorization["team_id"], &authorization["is_bot"]), (&body["team_id"], &json!(true)));
    assert!(delivery.headers.get("x-slack-retry-num").is_none());

    let whole = json!({"account": "ent-acme", "payload": {"type": "app_uninstalled"}, "path": "/slack/events"});
    let delivery = sent(&sandbox, &mut receiver, whole).await;
    let authorization = &delivery.json()["authorizations"][0];
    assert_eq!((&authorization["is_enterprise_install"], &authorization["team_id"]), (&json!(true), &Value::Null));
    assert!(authorization["enterprise_id"].is_string() && delivery.path == "/slack/events");
}

/// A retry says its number and why, with the same event id if the caller gives it; the time can be moved.
#[tokio::test]
async fn a_retry_says_so_and_time_can_be_moved() {
    let (sandbox, mut receiver) = scene().await;
    let before = Clock::system().now().timestamp();
    let order = json!({
        "payload": {"type": "message"}, "retry_num": 2, "retry_reason": "http_error", "timestamp_offset_seconds": -301,
    });
    let delivery = sent(&sandbox, &mut receiver, order).await;
    assert_eq!(["x-slack-retry-num", "x-slack-retry-reason"].map(|name| delivery.header(name)), ["2", "http_error"]);
    let timestamp: i64 = delivery.header("x-slack-request-timestamp").parse().unwrap();
    assert!((before..=Clock::system().now().timestamp()).contains(&(timestamp + 301)) && is_signed(&delivery));
}

/// Buttons and commands are forms, signed as such; tampering changes nothing that they say.
#[tokio::test]
async fn buttons_and_commands_are_forms() {
    let (sandbox, mut receiver) = scene().await;
    let payload = r#"{"type":"block_actions","team":null,"text":"a&b=ü"}"#;
    let order = format!(r#"{{"kind": "interactivity", "payload": {payload}}}"#);
    let delivery = sent(&sandbox, &mut receiver, serde_json::from_str(&order).unwrap()).await;
    let told: Value = serde_json::from_str(&form(&delivery)["payload"]).unwrap();
    assert_eq!((told, is_signed(&delivery)), (serde_json::from_str(payload).unwrap(), true));

    for tamper in [false, true] {
        let fields = json!({"command": "/remind", "text": "me & you"});
        let order = json!({"kind": "command", "account": "ann", "payload": fields, "tamper": tamper});
        let delivery = sent(&sandbox, &mut receiver, order).await;
        let told = form(&delivery);
        let said = ["command", "text", "is_enterprise_install", "user_name"].map(|name| told[name].as_str());
        assert_eq!(said, ["/remind", "me & you", "false", "ann"]);
        assert_eq!(is_signed(&delivery), !tamper);
    }
}

/// The handshake is signed; the check of the certificate, alone, is not.
#[tokio::test]
async fn the_handshake_is_signed_and_the_check_is_not() {
    let (sandbox, mut receiver) = scene().await;
    let order = json!({"kind": "url_verification", "envelope": {"challenge": "c"}});
    let delivery = sent(&sandbox, &mut receiver, order).await;
    let body = delivery.json();
    assert_eq!(
        (&body["type"], &body["challenge"], is_signed(&delivery)),
        (&json!("url_verification"), &json!("c"), true)
    );
    let delivery = sent(&sandbox, &mut receiver, json!({"kind": "ssl_check"})).await;
    assert_eq!(form(&delivery)["ssl_check"], "1");
    assert!(delivery.headers.get("x-slack-signature").is_none());
    let whole = r#"{"type": "app_rate_limited",  "minute_rate_limited": 1}"#;
    let order = format!(r#"{{"kind": "whole", "payload": {whole}, "tamper": true}}"#);
    let url = sandbox.url("/_control/slack/webhook");
    sandbox.client.post(url).header("content-type", "application/json").body(order).send().await.unwrap();
    let delivery = receiver.deliveries.recv().await.unwrap();
    assert_eq!((&delivery.body[..], is_signed(&delivery)), (format!("{whole} ").as_bytes(), false));
}

/// Without a secret Slack sends nothing, and what cannot be sent is said.
#[tokio::test]
async fn what_cannot_be_sent_is_said() {
    let receiver = receiver().await;
    let mut config = Config { webhook_base: Some(receiver.base), ..connect_config() };
    let sandbox = start(config.clone()).await;
    for order in [json!({}), json!({"payload": [1]}), json!({"kind": "command"}), json!({"path": "x", "payload": {}})] {
        let refused = sandbox.control("slack/webhook", order.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{order}");
    }
    config.connect.slack_signing_secret = None;
    let sandbox = start(config).await;
    let refused = sandbox.control("slack/webhook", json!({"payload": {}})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
}
