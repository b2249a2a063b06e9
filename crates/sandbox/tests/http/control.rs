//! The control endpoints that are not about faults or webhooks.

use crate::support::{GITHUB, LINEAR, answer, config, query, start};
use reqwest::StatusCode;
use serde_json::json;

/// The counters tell what happened, per vendor.
#[tokio::test]
async fn the_state_counts_what_happened() {
    let sandbox = start(config()).await;
    let (_, refresh) = sandbox.connect(LINEAR).await;
    sandbox.refresh(LINEAR, &refresh).await;
    sandbox.refresh(LINEAR, &refresh).await;
    sandbox.api(LINEAR, "nobody").await;
    let state = answer(sandbox.get("/_control/state").await).await.body;
    let settings = json!({
        "access_ttl_seconds": null, "code_ttl_seconds": null, "auto_consent": false, "deny": false,
        "revoke_family_on_reuse": false, "expiring_tokens": true, "rotation": false, "unlisted": false, "refresh_token_limit": null,
        "decline_scopes": [], "sites": 1, "taken_sites": [], "obedient": false,
    });
    assert_eq!(
        state["linear"],
        json!({
            "token_requests": 3, "exchanges": 1, "refreshes": 1, "revocations": 0, "api_calls": 1, "unchanged": 0,
            "mcp_calls": 0, "deliveries_sent": 0, "streamed_bytes": 0, "open_streams": 0, "redirects_followed": 0, "held": 0,
            "live_access_tokens": 1, "settings": settings, "faults": [],
        })
    );
    assert_eq!(state["github"]["token_requests"], 0);
}

/// A lifetime that is set holds for new tokens, and `null` brings the vendor's own back; what is not named stays.
#[tokio::test]
async fn lifetimes_can_be_set_and_given_back() {
    let sandbox = start(config()).await;
    let expires_in = async || {
        let code = sandbox.code(GITHUB).await;
        sandbox.exchange(GITHUB, &code).await.body["expires_in"].clone()
    };
    sandbox.control("github/settings", json!({"access_ttl_seconds": 5})).await;
    sandbox.control("github/settings", json!({"code_ttl_seconds": 60})).await;
    assert_eq!(expires_in().await, 5);
    sandbox.control("github/settings", json!({"access_ttl_seconds": null})).await;
    assert_eq!(expires_in().await, 28800);

    let code = sandbox.code(GITHUB).await;
    sandbox.control("clock", json!({"advance_seconds": 60})).await;
    assert_eq!(sandbox.exchange(GITHUB, &code).await.body["error"], "bad_verification_code");
}

/// The settings answer in the person's place, and a denial is the stronger one.
#[tokio::test]
async fn consent_can_be_given_or_denied_by_setting() {
    let sandbox = start(config()).await;
    let ask = async || query(&sandbox.client.get(sandbox.authorize_url(LINEAR, &[])).send().await.unwrap());
    sandbox.control("linear/settings", json!({"auto_consent": true})).await;
    assert!(ask().await.contains_key("code"));
    sandbox.control("linear/settings", json!({"deny": true})).await;
    assert_eq!(ask().await["error"], "access_denied");
}

/// A person who removes the app takes their own tokens with it and nobody else's.
#[tokio::test]
async fn a_person_can_remove_the_app() {
    let sandbox = start(config()).await;
    let (octo, refresh) = sandbox.connect(GITHUB).await;
    let done = sandbox.control("github/revoke", json!({"account": "ann"})).await;
    assert_eq!((done.status, &done.body["revoked"]), (StatusCode::OK, &json!(0)));
    assert_eq!(sandbox.api(GITHUB, &octo).await.status, StatusCode::OK);
    let done = sandbox.control("github/revoke", json!({"account": "sandbox-octo"})).await;
    assert_eq!(done.body["revoked"], 1);
    assert_eq!(sandbox.api(GITHUB, &octo).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sandbox.refresh(GITHUB, &refresh).await.body["error"], "bad_refresh_token");
}

/// A wish that is not understood changes nothing and says why.
#[tokio::test]
async fn a_faulty_control_request_is_refused() {
    let sandbox = start(config()).await;
    for (path, body) in [
        ("clock", json!({"advance_seconds": -1})),
        ("clock", json!({"advance": 1})),
        ("github/settings", json!({"auto": true})),
        ("github/faults", json!({"on": "token", "kind": "status_418"})),
        ("github/faults", json!({"on": "token", "kind": "empty", "times": 0})),
        ("github/revoke", json!({"account": "<b>"})),
    ] {
        let refused = sandbox.control(path, body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(refused.body["error"].is_string());
    }
    assert_eq!(sandbox.control("gitlab/revoke", json!({})).await.status, StatusCode::BAD_REQUEST);
    let url = sandbox.url("/_control/clock");
    let form = sandbox.client.post(url).body("{\"advance_seconds\": 1}").send().await.unwrap();
    assert_eq!(form.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
