//! Mail that is announced through Pub/Sub.

use super::{nothing_came, watched};
use crate::{
    connect::{GOOGLE, text},
    receiver::Delivery,
    support::Sandbox,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SCOPE: &str = "https://www.googleapis.com/auth/gmail.readonly";
const ME: &str = "/google/gmail/v1/users/me";

fn bearer(delivery: &Delivery) -> &str {
    delivery.header("authorization").strip_prefix("Bearer ").unwrap()
}

/// The claims, if the published key signed them.
async fn claims(sandbox: &Sandbox, delivery: &Delivery) -> Option<Value> {
    let keys = sandbox.read("/google/oauth2/v3/certs", "").await.body;
    let part = |name: &str| text(&keys["keys"][0], name);
    let key = DecodingKey::from_rsa_components(&part("n"), &part("e")).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_aud = false;
    jsonwebtoken::decode(bearer(delivery), &key, &rules).ok().map(|token| token.claims)
}

fn data(delivery: &Delivery) -> Value {
    serde_json::from_slice(&STANDARD.decode(text(&delivery.json()["message"], "data")).unwrap()).unwrap()
}

/// A watched mailbox publishes its changes to where its topic is pushed, until it is stopped or a week has gone.
#[tokio::test]
async fn a_watched_mailbox_publishes() {
    let (sandbox, token, mut receiver) = watched(GOOGLE, SCOPE).await;
    let topic = json!({"topic": "projects/p/topics/mail", "path": "/webhooks/google/gmail"});
    sandbox.control("google/subscriptions", topic).await;
    let wanted =
        json!({"topicName": "projects/p/topics/mail", "labelIds": ["INBOX"], "labelFilterBehavior": "INCLUDE"});
    let receive =
        async |item: Value| sandbox.change("google", json!({"kind": "mail", "op": "create", "item": item})).await;
    receive(json!({})).await;
    assert!(nothing_came(&mut receiver));
    let watch = sandbox.send(Method::POST, &format!("{ME}/watch"), &token, wanted.clone()).await.body;
    let end: i64 = text(&watch, "expiration").parse().unwrap();
    assert!((end - kernel::Clock::system().now().timestamp_millis() - 7 * 86_400_000).abs() < 10_000);

    let told = receive(json!({})).await;
    assert_eq!(told["receipts"][0]["watch"], "mail-sandbox-octo");
    let push = receiver.deliveries.try_recv().unwrap();
    let start: u64 = text(&watch, "historyId").parse().unwrap();
    assert_eq!(
        (push.path.as_str(), &data(&push)["emailAddress"]),
        ("/webhooks/google/gmail", &json!("sandbox-octo@sandbox.invalid"))
    );
    assert!(data(&push)["historyId"].as_u64().unwrap() > start);
    let claims = claims(&sandbox, &push).await.unwrap();
    assert_eq!(claims["aud"], format!("{}webhooks/google/gmail", receiver.base));
    assert_eq!((&claims["iss"], &claims["email_verified"]), (&json!(sandbox.url("/google")), &json!(true)));
    assert_eq!(claims["email"], "push@sandbox.iam.gserviceaccount.com");

    receive(json!({"labelIds": ["SENT"]})).await;
    assert!(nothing_came(&mut receiver));
    let stopped = sandbox.send(Method::POST, &format!("{ME}/stop"), &token, json!({})).await;
    assert_eq!(stopped.status, StatusCode::NO_CONTENT);
    receive(json!({})).await;
    assert!(nothing_came(&mut receiver));
    sandbox.send(Method::POST, &format!("{ME}/watch"), &token, wanted).await;
    assert_eq!(sandbox.forget("google/watches/mail-sandbox-octo").await, StatusCode::OK);
    receive(json!({})).await;
    assert!(nothing_came(&mut receiver));
    let odd = json!({"topicName": "mail"});
    let refused = sandbox.send(Method::POST, &format!("{ME}/watch"), &token, odd).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

/// By hand every part of a push can be another one, the token's signature too.
#[tokio::test]
async fn a_push_can_be_wrong_in_every_part() {
    let (sandbox, _, mut receiver) = watched(GOOGLE, SCOPE).await;
    let path = "/webhooks/google/gmail";
    let mut push = async |changes: Value| {
        let mut order = json!({ "path": path });
        order.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let sent = sandbox.control("google/pubsub", order).await;
        assert_eq!(sent.body, json!({"status": 202, "body": "taken"}));
        receiver.deliveries.try_recv().unwrap()
    };
    for name in ["iss", "aud", "email"] {
        let delivery = push(json!({ name: "https://other.invalid" })).await;
        assert_eq!(claims(&sandbox, &delivery).await.unwrap()[name], "https://other.invalid");
    }
    let delivery =
        push(json!({"email_verified": false, "history_id": 7, "email_address": "x@y.invalid", "message_id": "1"}))
            .await;
    assert_eq!(claims(&sandbox, &delivery).await.unwrap()["email_verified"], false);
    assert_eq!(data(&delivery), json!({"emailAddress": "x@y.invalid", "historyId": 7}));
    assert_eq!(delivery.json()["message"]["messageId"], "1");
    for flaw in ["wrong_signature", "foreign_key", "alg_none", "alg_hs256", "expired"] {
        let delivery = push(json!({ "flaw": flaw })).await;
        assert_eq!(claims(&sandbox, &delivery).await, None, "{flaw}");
    }
    assert!(push(json!({"authorization": false})).await.headers.get("authorization").is_none());
    assert!(push(json!({"unwrapped": true})).await.json()["emailAddress"].is_string());
}
