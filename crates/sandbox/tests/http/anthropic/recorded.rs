//! What tests can see of what was sent.

use super::{asking, model};
use crate::support::LINEAR;
use sandbox::ANTHROPIC_API_KEY;
use serde_json::{Value, json};

/// Everything is kept but credentials, of which is told where they stood and whether they were right; those that fail too.
#[tokio::test]
async fn requests_are_kept_without_credentials() {
    let model = model().await;
    let (token, _) = model.sandbox.connect(LINEAR).await;
    model.sandbox.control("anthropic/faults", json!({"on": "api", "kind": "status_529"})).await;
    let body = asking(&json!({}));
    model.request(&body).header("x-stainless-retry-count", "1").send().await.unwrap();
    let url = model.sandbox.url("/anthropic/v1/messages?beta=true");
    model.sandbox.client.post(url).bearer_auth(&token).json(&body).send().await.unwrap();

    let told = model.get("anthropic/requests").await;
    let [failed, foreign] = told["requests"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&failed["status"], &failed["body"]), (&json!(529), &body));
    assert_eq!(failed["credential"], json!({"header": "x-api-key", "right": true}));
    assert_eq!(failed["headers"]["x-stainless-retry-count"], json!(["1"]));
    assert_eq!((&foreign["status"], &foreign["path"]), (&json!(401), &json!("/v1/messages?beta=true")));
    assert_eq!(foreign["credential"], json!({"header": "authorization", "right": false}));
    assert!(!told.to_string().contains(&token) && !told.to_string().contains(ANTHROPIC_API_KEY));

    model.sandbox.client.delete(model.sandbox.url("/_control/anthropic/requests")).send().await.unwrap();
    assert_eq!(model.get("anthropic/requests").await, json!({"requests": []}));
}

/// The last two hundred are kept, and a body that is too long is counted.
#[tokio::test]
async fn only_so_much_is_kept() {
    let model = model().await;
    for number in 0..203 {
        model.ask(&asking(&json!({"max_tokens": number + 1}))).await;
    }
    let long = "x".repeat(1024 * 1024);
    model.ask(&asking(&json!({"system": long}))).await;
    let told = model.get("anthropic/requests").await;
    let requests = told["requests"].as_array().unwrap();
    assert_eq!((requests.len(), &requests[0]["body"]["max_tokens"]), (200, &json!(5)));
    let last = requests.last().unwrap();
    assert_eq!(last["body"], Value::Null);
    assert!(last["body_bytes"].as_u64() > Some(1024 * 1024));
}
