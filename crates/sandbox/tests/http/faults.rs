//! Bad days on demand.

use crate::support::{GITHUB, LINEAR, Sandbox, config, start};
use reqwest::{Response, StatusCode};
use serde_json::json;
use std::time::Duration;

async fn order(sandbox: &Sandbox, vendor: &str, on: &str, kind: &str) {
    let fault = json!({"on": on, "kind": kind, "times": 1, "retry_after_seconds": 7});
    assert_eq!(sandbox.control(&format!("{vendor}/faults"), fault).await.status, StatusCode::OK);
}

async fn knock(sandbox: &Sandbox) -> reqwest::Result<Response> {
    sandbox.client.post(sandbox.url(GITHUB.token)).header("accept", "application/json").send().await
}

/// Every kind that answers, once each: status and body are what the name says, and the next request is served again.
#[tokio::test]
async fn each_fault_shows_once_and_goes_away() {
    let sandbox = start(config()).await;
    for (kind, status, begins, length) in [
        ("status_500", 500, "the sandbox", None),
        ("status_502_html", 502, "<!doctype html>", None),
        ("status_429", 429, "{\"message\"", None),
        ("rate_limited", 403, "{\"message\"", None),
        ("error_200", 200, "{\"error\":\"temporarily_unavailable\"", None),
        ("html_200", 200, "<!doctype html>", None),
        ("truncated_json", 200, "{\"access_token\":\"trunc", Some(22)),
        ("huge_body", 200, "{\"access_token\":\"xxx", Some(10 * 1024 * 1024)),
        ("empty", 200, "", Some(0)),
    ] {
        order(&sandbox, "github", "token", kind).await;
        let response = knock(&sandbox).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{kind}");
        assert_eq!(response.headers()["retry-after"], "7");
        let text = response.text().await.unwrap();
        assert!(text.starts_with(begins), "{kind}: {}", &text[..text.len().min(80)]);
        assert!(length.is_none_or(|length| length == text.len()), "{kind}: {}", text.len());
        assert!(knock(&sandbox).await.unwrap().text().await.unwrap().contains("incorrect_client_credentials"));
    }
}

/// A cut connection gives no answer at all.
#[tokio::test]
async fn a_closed_connection_answers_nothing() {
    let sandbox = start(config()).await;
    order(&sandbox, "github", "token", "close").await;
    let error = knock(&sandbox).await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    assert!(knock(&sandbox).await.is_ok());
}

/// A hanging request ends when its client gives up, or with the sandbox.
#[tokio::test]
async fn a_hanging_request_waits_for_the_client_to_give_up() {
    let sandbox = start(config()).await;
    order(&sandbox, "github", "token", "hang").await;
    let request = sandbox.client.post(sandbox.url(GITHUB.token)).timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    sandbox.running.stop().await;
}

/// A fault is for one kind of request at one vendor, and can be for several times and taken back.
#[tokio::test]
async fn faults_hit_only_what_they_are_for() {
    let sandbox = start(config()).await;
    let (access, refresh) = sandbox.connect(LINEAR).await;
    let fault = json!({"on": "api", "kind": "rate_limited", "times": 2});
    sandbox.control("linear/faults", fault).await;
    assert_eq!(sandbox.connect(GITHUB).await.0.len(), 40);
    let limited = sandbox.api(LINEAR, &access).await;
    assert_eq!(
        (limited.status, &limited.body["errors"][0]["extensions"]["code"]),
        (StatusCode::BAD_REQUEST, &json!("RATELIMITED"))
    );
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.status, StatusCode::OK);
    sandbox.client.delete(sandbox.url("/_control/linear/faults")).send().await.unwrap();
    assert_eq!(sandbox.api(LINEAR, &access).await.status, StatusCode::UNAUTHORIZED);

    order(&sandbox, "linear", "revoke", "status_500").await;
    let revoke = sandbox.client.post(sandbox.url("/linear/oauth/revoke")).bearer_auth(&access).send().await.unwrap();
    assert_eq!(revoke.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// A fault may carry the vendor's own error word, and changes nothing: the refresh token still works afterwards.
#[tokio::test]
async fn an_error_word_can_be_chosen_and_uses_nothing_up() {
    let sandbox = start(config()).await;
    let (_, refresh) = sandbox.connect(GITHUB).await;
    let fault = json!({"on": "token", "kind": "error_200", "error": "bad_refresh_token"});
    sandbox.control("github/faults", fault).await;
    assert_eq!(sandbox.refresh(GITHUB, &refresh).await.body["error"], "bad_refresh_token");
    assert!(sandbox.refresh(GITHUB, &refresh).await.body["access_token"].is_string());
}
