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
        ("body_20mb", 200, "{\"access_token\":\"xxx", Some(20_000_000)),
        ("json_as_html", 200, "{\"access_token\"", None),
        ("json_array", 200, "[{\"access_token\"", None),
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

/// A cut connection gives no answer at all, and a reset says that it is one.
#[tokio::test]
async fn a_closed_connection_answers_nothing() {
    let sandbox = start(config()).await;
    for kind in ["close", "reset"] {
        order(&sandbox, "github", "token", kind).await;
        let error = knock(&sandbox).await.unwrap_err();
        assert!(error.is_request() && !error.is_timeout(), "{error:?}");
        let text = format!("{error:?}");
        assert!(kind == "close" || text.contains("ConnectionReset"), "{text}");
        assert!(knock(&sandbox).await.is_ok());
    }
}

/// A fault may let some requests through first, and what is ordered behind it waits for it.
#[tokio::test]
async fn a_fault_begins_when_it_is_to() {
    let sandbox = start(config()).await;
    let fault = json!({"on": "token", "kind": "status_500", "after": 2});
    sandbox.control("github/faults", fault).await;
    order(&sandbox, "github", "token", "status_429").await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(knock(&sandbox).await.unwrap().status().as_u16());
    }
    assert_eq!(seen, [200, 200, 500, 429, 200]);
}

/// A slow answer has begun, and does not end by itself.
#[tokio::test]
async fn a_slow_body_drips() {
    let sandbox = start(config()).await;
    order(&sandbox, "github", "token", "slow_body").await;
    let request = sandbox.client.post(sandbox.url(GITHUB.token)).timeout(Duration::from_millis(500));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.text().await.unwrap_err().is_timeout());
}

/// `Retry-After` may be a date, and may be absent.
#[tokio::test]
async fn retry_after_can_be_a_date_or_absent() {
    let sandbox = start(config()).await;
    let fault = json!({"on": "token", "kind": "status_429", "retry_after_seconds": 60, "retry_after_as": "date"});
    sandbox.control("github/faults", fault).await;
    let date = knock(&sandbox).await.unwrap().headers()["retry-after"].to_str().unwrap().to_owned();
    let (then, now) = (chrono::DateTime::parse_from_rfc2822(&date).unwrap(), kernel::Clock::system().now());
    assert!((50..=60).contains(&(then.to_utc() - now).num_seconds()), "{date}");
    sandbox.control("github/faults", json!({"on": "token", "kind": "status_429"})).await;
    assert!(knock(&sandbox).await.unwrap().headers().get("retry-after").is_none());
}

/// A redirect leads where it was told, or to an address that counts who follows.
#[tokio::test]
async fn a_redirect_counts_who_follows() {
    let sandbox = start(config()).await;
    let fault =
        json!({"on": "token", "kind": "redirect", "redirect_to": "http://127.0.0.1:1/", "redirect_status": 307});
    sandbox.control("github/faults", fault).await;
    let response = knock(&sandbox).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (307, &"http://127.0.0.1:1/".parse().unwrap())
    );
    sandbox.control("github/faults", json!({"on": "token", "kind": "redirect"})).await;
    let response = knock(&sandbox).await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(sandbox.counter("github", "redirects_followed").await, 0);
    sandbox.client.post(response.headers()["location"].to_str().unwrap()).send().await.unwrap();
    assert_eq!(sandbox.counter("github", "redirects_followed").await, 1);
}

/// A fault may be for codes only or for refresh tokens only.
#[tokio::test]
async fn a_fault_can_be_for_refreshing_only() {
    let sandbox = start(config()).await;
    order(&sandbox, "linear", "refresh", "status_500").await;
    let (_, refresh) = sandbox.connect(LINEAR).await;
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.status, StatusCode::OK);
    order(&sandbox, "linear", "exchange", "status_500").await;
    let code = sandbox.code(LINEAR).await;
    assert_eq!(sandbox.exchange(LINEAR, &code).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

/// A held refresh is done before it is answered: the old token is dead while its client still waits, and the new pair
/// comes with the release.
#[tokio::test]
async fn a_held_answer_has_done_its_work() {
    let sandbox = start(config()).await;
    let (access, refresh) = sandbox.connect(LINEAR).await;
    order(&sandbox, "linear", "refresh", "hold").await;
    let during = async {
        assert_eq!(sandbox.get("/_control/linear/held").await.text().await.unwrap(), r#"{"held":1}"#);
        assert_eq!(sandbox.api(LINEAR, &access).await.status, StatusCode::UNAUTHORIZED);
        sandbox.control("linear/release", json!({})).await.body
    };
    let (answer, released) = tokio::join!(sandbox.refresh(LINEAR, &refresh), during);
    assert_eq!(released, json!({"released": 1}));
    let new = answer.body["access_token"].as_str().unwrap();
    assert_eq!(sandbox.api(LINEAR, new).await.status, StatusCode::OK);
    assert_eq!(sandbox.counter("linear", "held").await, 0);
}

/// A client that gives up on a held answer is not counted any more; what was done stays done.
#[tokio::test]
async fn a_held_answer_survives_its_client() {
    let sandbox = start(config()).await;
    let (_, refresh) = sandbox.connect(LINEAR).await;
    order(&sandbox, "linear", "refresh", "hold").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("client_id", LINEAR.client_id)];
    let request = sandbox.client.post(sandbox.url(LINEAR.token)).form(&form).timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.body["error"], "invalid_grant");
    assert_eq!(sandbox.counter("linear", "refreshes").await, 1);
    let mut looks = 0;
    while sandbox.counter("linear", "held").await > 0 {
        looks += 1;
        assert!(looks < 1000, "it is still counted");
    }
}

/// An answer that is lost was earned all the same.
#[tokio::test]
async fn a_lost_answer_has_done_its_work() {
    let sandbox = start(config()).await;
    let (_, refresh) = sandbox.connect(LINEAR).await;
    order(&sandbox, "linear", "refresh", "answer_lost").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("client_id", LINEAR.client_id)];
    let lost = sandbox.client.post(sandbox.url(LINEAR.token)).form(&form).send().await.unwrap_err();
    assert!(lost.is_request() && !lost.is_timeout(), "{lost:?}");
    assert_eq!(sandbox.counter("linear", "refreshes").await, 1);
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.body["error"], "invalid_grant");
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
