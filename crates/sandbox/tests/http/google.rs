//! Google, as the connectors and a browser meet it.

use crate::{
    connect::{GOOGLE, connect_config, text},
    support::{Sandbox, answer, query, start},
};
use reqwest::StatusCode;
use serde_json::json;

const USERINFO: &str = "/google/v1/userinfo";

async fn revoke(sandbox: &Sandbox, token: &str) -> crate::support::Answer {
    answer(sandbox.client.post(sandbox.url("/google/revoke")).form(&[("token", token)]).send().await.unwrap()).await
}

/// The refresh token comes at the first consent; afterwards only where consent is asked for again.
#[tokio::test]
async fn only_the_first_consent_brings_a_refresh_token() {
    let sandbox = start(connect_config()).await;
    let quiet = sandbox.join(GOOGLE, &[("access_type", None)]).await;
    assert!(quiet["refresh_token"].is_null());
    assert!(sandbox.join(GOOGLE, &[]).await["refresh_token"].is_string());
    assert!(sandbox.join(GOOGLE, &[]).await["refresh_token"].is_null());
    assert!(sandbox.join(GOOGLE, &[("prompt", Some("select_account consent"))]).await["refresh_token"].is_string());
    assert!(sandbox.join(GOOGLE, &[("sandbox_account", Some("ann"))]).await["refresh_token"].is_string());
}

/// The short names come back long; with incremental consent what was granted before comes along.
#[tokio::test]
async fn scopes_add_up_where_it_is_asked_for() {
    let sandbox = start(connect_config()).await;
    let drive = ("scope", Some("https://www.googleapis.com/auth/drive.readonly"));
    let first = sandbox.join(GOOGLE, &[]).await;
    let long =
        "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/calendar.readonly";
    assert_eq!(first["scope"], long);
    assert_eq!(sandbox.join(GOOGLE, &[drive]).await["scope"], "https://www.googleapis.com/auth/drive.readonly");
    let union = sandbox.join(GOOGLE, &[drive, ("include_granted_scopes", Some("true"))]).await;
    assert_eq!(union["scope"], format!("{long} https://www.googleapis.com/auth/drive.readonly"));
}

/// A refresh says nothing of the refresh token, which stays, and the older access token lives on.
#[tokio::test]
async fn a_refresh_kills_nothing() {
    let sandbox = start(connect_config()).await;
    let first = sandbox.join(GOOGLE, &[]).await;
    let refresh = text(&first, "refresh_token");
    let second = sandbox.renew(GOOGLE, &refresh).await.body;
    assert!(second["refresh_token"].is_null());
    for token in [&first, &second] {
        assert_eq!(sandbox.read(USERINFO, &text(token, "access_token")).await.status, StatusCode::OK);
    }
    assert!(sandbox.renew(GOOGLE, &refresh).await.body["access_token"].is_string());
}

/// Beyond the limit the oldest refresh token dies without a word; the hundredth does not.
#[tokio::test]
async fn the_oldest_refresh_token_dies_beyond_the_limit() {
    let sandbox = start(connect_config()).await;
    sandbox.control("google/settings", json!({"refresh_token_limit": 2})).await;
    let again = [("prompt", Some("consent"))];
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(text(&sandbox.join(GOOGLE, &again).await, "refresh_token"));
    }
    let mut answers = Vec::new();
    for token in &tokens {
        answers.push(sandbox.renew(GOOGLE, token).await);
    }
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [400, 200, 200]);
    let sentence = "Token has been expired or revoked.";
    assert_eq!(answers[0].body, json!({"error": "invalid_grant", "error_description": sentence}));
}

/// Any token ends all of that person's grants to the client, nobody else's, and the next consent is the first again.
#[tokio::test]
async fn revoking_ends_every_grant_of_the_person() {
    let sandbox = start(connect_config()).await;
    let first = sandbox.join(GOOGLE, &[]).await;
    let second = sandbox.join(GOOGLE, &[("prompt", Some("consent"))]).await;
    let other = sandbox.join(GOOGLE, &[("sandbox_account", Some("ann"))]).await;
    let refresh = text(&second, "refresh_token");
    assert_eq!(revoke(&sandbox, &refresh).await.status, StatusCode::OK);
    assert_eq!(sandbox.read(USERINFO, &text(&first, "access_token")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sandbox.renew(GOOGLE, &text(&first, "refresh_token")).await.body["error"], "invalid_grant");
    assert_eq!(sandbox.read(USERINFO, &text(&other, "access_token")).await.status, StatusCode::OK);
    let gone = revoke(&sandbox, &refresh).await;
    assert_eq!((gone.status, &gone.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_token")));
    assert!(sandbox.join(GOOGLE, &[]).await["refresh_token"].is_string());
}

/// The challenge is demanded with its method, and a verifier that is another one's opens nothing.
#[tokio::test]
async fn the_verifier_is_checked() {
    let sandbox = start(connect_config()).await;
    assert_eq!(query(&sandbox.visit(GOOGLE, &[("code_challenge_method", None)]).await)["error"], "invalid_request");
    let code = query(&sandbox.visit(GOOGLE, &[]).await)["code"].clone();
    let verifier = "x".repeat(43);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", GOOGLE.callback),
        ("code_verifier", &verifier),
    ];
    let refused = sandbox.ask(GOOGLE, &fields).await;
    assert_eq!((refused.status, &refused.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
}
