//! Atlassian, as the connectors and a browser meet it.

use crate::{
    connect::{ATLASSIAN, connect_config, text},
    support::{answer, query, start},
};
use reqwest::StatusCode;
use serde_json::json;

const RESOURCES: &str = "/atlassian/oauth/token/accessible-resources";

/// A site with both products is listed twice under one id; sites can be several, and can go.
#[tokio::test]
async fn sites_come_and_go() {
    let sandbox = start(connect_config()).await;
    let access = text(&sandbox.join(ATLASSIAN, &[]).await, "access_token");
    let sites = async || sandbox.read(RESOURCES, &access).await.body;
    let one = sites().await;
    assert_eq!(one[0]["id"], one[1]["id"]);
    assert_eq!(one[0]["scopes"], json!(["read:jira-user", "read:jira-work"]));
    assert_eq!(one[1]["scopes"], json!(["read:confluence-content.summary"]));
    let id = text(&one[0], "id");
    let path = format!("/atlassian/ex/jira/{id}/rest/api/3/myself");
    let me = sandbox.read("/atlassian/me", &access).await.body;
    assert_eq!(sandbox.read(&path, &access).await.body["accountId"], me["account_id"]);

    sandbox.control("atlassian/settings", json!({"sites": 2})).await;
    assert_eq!(sites().await.as_array().unwrap().len(), 4);
    sandbox.control("atlassian/settings", json!({"taken_sites": [id]})).await;
    let left = sites().await;
    assert!(left.as_array().unwrap().len() == 2 && left[0]["id"] != json!(id));
    assert_eq!(sandbox.read(&path, &access).await.status, StatusCode::NOT_FOUND);
    sandbox.control("atlassian/settings", json!({"sites": 0})).await;
    assert_eq!(sites().await, json!([]));
}

/// A missing scope is 401 with a sentence of its own, which no refresh can help.
#[tokio::test]
async fn a_missing_scope_is_401() {
    let sandbox = start(connect_config()).await;
    let access = text(&sandbox.join(ATLASSIAN, &[("scope", Some("read:jira-work"))]).await, "access_token");
    let id = text(&sandbox.read(RESOURCES, &access).await.body[0], "id");
    for path in ["/atlassian/me".to_owned(), format!("/atlassian/ex/jira/{id}/rest/api/3/myself")] {
        let refused = sandbox.read(&path, &access).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.body, json!({"code": 401, "message": "Unauthorized; scope does not match"}));
    }
}

/// Every refresh rotates. A used one may come again for ten minutes; later it ends the family.
#[tokio::test]
async fn a_used_refresh_token_has_ten_minutes() {
    let sandbox = start(connect_config()).await;
    let first = sandbox.join(ATLASSIAN, &[]).await;
    let refresh = text(&first, "refresh_token");
    let second = sandbox.renew(ATLASSIAN, &refresh).await.body;
    sandbox.control("clock", json!({"advance_seconds": 599})).await;
    let again = sandbox.renew(ATLASSIAN, &refresh).await.body;
    assert!(again["refresh_token"].is_string() && again["refresh_token"] != second["refresh_token"]);
    sandbox.control("clock", json!({"advance_seconds": 1})).await;
    let refused = sandbox.renew(ATLASSIAN, &refresh).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let sentence = "Unknown or invalid refresh token.";
    assert_eq!(refused.body, json!({"error": "invalid_grant", "error_description": sentence}));
    for dead in [&second, &again] {
        assert_eq!(sandbox.renew(ATLASSIAN, &text(dead, "refresh_token")).await.status, StatusCode::FORBIDDEN);
    }
}

/// The body may be JSON, the client stands in it, and only `offline_access` brings a refresh token.
#[tokio::test]
async fn the_body_may_be_json_and_holds_the_client() {
    let sandbox = start(connect_config()).await;
    let code = query(&sandbox.visit(ATLASSIAN, &[("scope", Some("read:me"))]).await)["code"].clone();
    let body = |secret: &str| {
        json!({"grant_type": "authorization_code", "client_id": "connect-atlassian", "client_secret": secret,
            "code": code, "redirect_uri": ATLASSIAN.callback})
    };
    let ask =
        async |body| answer(sandbox.client.post(sandbox.url(ATLASSIAN.token)).json(&body).send().await.unwrap()).await;
    let refused = ask(body("guess")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.body, json!({"error": "access_denied", "error_description": "Unauthorized"}));
    let granted = ask(body("connect secret")).await.body;
    assert_eq!((&granted["scope"], granted["refresh_token"].is_null()), (&json!("read:me"), true));
    for missing in ["audience", "prompt"] {
        assert_eq!(query(&sandbox.visit(ATLASSIAN, &[(missing, None)]).await)["error"], "invalid_request");
    }
}
