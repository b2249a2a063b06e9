//! Slack, as the connectors and a browser meet it.

use crate::{
    connect::{SLACK, connect_config, text},
    support::{CHALLENGE, answer, query, start},
};
use serde_json::{Value, json};

const BOTH: &[(&str, Option<&str>)] = &[("user_scope", Some("search:read"))];

/// One consent to two lists of scopes is one answer with two tokens, each in its own name.
#[tokio::test]
async fn bot_and_person_get_a_token_each() {
    let sandbox = start(connect_config()).await;
    let body = sandbox.join(SLACK, BOTH).await;
    let (bot, user) = (text(&body, "access_token"), text(&body["authed_user"], "access_token"));
    assert!(bot.starts_with("xoxb-") && user.starts_with("xoxp-"));
    let bot_user = text(&body, "bot_user_id");
    let (team, person) = (body["team"]["id"].clone(), body["authed_user"]["id"].clone());
    assert_eq!(
        body,
        json!({
            "ok": true, "app_id": "A0SANDBOX1", "access_token": bot, "token_type": "bot",
            "scope": "channels:read,team:read", "bot_user_id": bot_user, "team": {"id": team, "name": "sandbox-octo workspace"},
            "enterprise": null, "is_enterprise_install": false,
            "authed_user": {"id": person, "scope": "search:read", "access_token": user, "token_type": "user"},
        })
    );
    let who = sandbox.read("/slack/api/auth.test", &bot).await.body;
    assert_eq!((&who["user_id"], &who["team_id"], who["bot_id"].is_string()), (&json!(bot_user), &team, true));
    let who = sandbox.read("/slack/api/auth.test", &user).await.body;
    assert_eq!((&who["user_id"], &who["team_id"], who["bot_id"].is_null()), (&person, &team, true));
}

/// One list alone is one token, at its own place.
#[tokio::test]
async fn a_token_is_there_only_for_the_scopes_asked_for() {
    let sandbox = start(connect_config()).await;
    let bot = sandbox.join(SLACK, &[]).await;
    assert_eq!(bot["authed_user"].as_object().unwrap().len(), 1);
    let user = sandbox.join(SLACK, &[("scope", None), ("user_scope", Some("search:read"))]).await;
    assert!(user["access_token"].is_null() && user["bot_user_id"].is_null() && user["token_type"].is_null());
    assert!(user["authed_user"]["access_token"].is_string());
    let neither = query(&sandbox.visit(SLACK, &[("scope", None)]).await);
    assert_eq!(neither["error"], "no_scopes");
}

/// An organization installs without a team.
#[tokio::test]
async fn an_organization_has_no_team() {
    let sandbox = start(connect_config()).await;
    let body = sandbox.join(SLACK, &[("sandbox_account", Some("ent-acme"))]).await;
    assert_eq!((&body["team"], &body["is_enterprise_install"]), (&Value::Null, &json!(true)));
    let who = sandbox.read("/slack/api/auth.test", &text(&body, "access_token")).await.body;
    assert_eq!(who["enterprise_id"], body["enterprise"]["id"]);
}

/// A challenge is refused, spaces between scopes too, and so are the scopes of signing in.
#[tokio::test]
async fn a_request_that_slack_would_refuse_is_refused() {
    let sandbox = start(connect_config()).await;
    for (name, value, error) in [
        ("code_challenge", CHALLENGE, "pkce_not_allowed"),
        ("scope", "channels:read team:read", "invalid_scope"),
        ("scope", "openid", "invalid_scope"),
    ] {
        assert_eq!(query(&sandbox.visit(SLACK, &[(name, Some(value))]).await)["error"], error);
    }
}

/// With rotation each token is renewed by itself, and its refresh token is good once; the old access token lives on.
#[tokio::test]
async fn with_rotation_each_pair_is_renewed_by_itself() {
    let sandbox = start(connect_config()).await;
    sandbox.control("slack/settings", json!({"rotation": true})).await;
    let body = sandbox.join(SLACK, BOTH).await;
    assert_eq!((&body["expires_in"], &body["authed_user"]["expires_in"]), (&json!(43200), &json!(43200)));
    for (old, kind, prefix) in [(&body, "bot", "xoxe.xoxb-1-"), (&body["authed_user"], "user", "xoxe.xoxp-1-")] {
        let refresh = text(old, "refresh_token");
        let new = sandbox.renew(SLACK, &refresh).await.body;
        assert_eq!((&new["ok"], &new["token_type"], &new["expires_in"]), (&json!(true), &json!(kind), &json!(43200)));
        assert!(text(&new, "access_token").starts_with(prefix), "{new}");
        assert_eq!(new["bot_user_id"].is_string(), kind == "bot");
        assert_eq!(sandbox.renew(SLACK, &refresh).await.body, json!({"ok": false, "error": "invalid_refresh_token"}));
        for token in [old, &new] {
            assert_eq!(sandbox.read("/slack/api/auth.test", &text(token, "access_token")).await.body["ok"], true);
        }
        // Two at most.
        let newer = sandbox.renew(SLACK, &text(&new, "refresh_token")).await.body;
        let first = sandbox.read("/slack/api/auth.test", &text(old, "access_token")).await.body;
        assert_eq!((&first["ok"], newer["refresh_token"].is_string()), (&json!(false), true));
    }
    let access = text(&sandbox.join(SLACK, &[]).await, "access_token");
    sandbox.control("clock", json!({"advance_seconds": 43_200})).await;
    assert_eq!(sandbox.read("/slack/api/auth.test", &access).await.body["error"], "token_expired");
}

/// Scopes stand in a header, a missing one is said, and an address needs its own.
#[tokio::test]
async fn the_api_says_what_was_granted() {
    let sandbox = start(connect_config()).await;
    let body = sandbox.join(SLACK, &[("scope", Some("team:read,users:read"))]).await;
    let (token, person) = (text(&body, "access_token"), text(&body["authed_user"], "id"));
    let url = sandbox.url("/slack/api/team.info");
    let response = sandbox.client.get(url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(response.headers()["x-oauth-scopes"], "team:read,users:read");
    assert_eq!(answer(response).await.body["team"]["id"], body["team"]["id"]);
    let user = sandbox.read(&format!("/slack/api/users.info?user={person}"), &token).await.body;
    assert_eq!((&user["user"]["id"], &user["user"]["profile"]["email"]), (&json!(person), &Value::Null));
    let narrow = text(&sandbox.join(SLACK, &[("scope", Some("users:read"))]).await, "access_token");
    let refused = sandbox.read("/slack/api/team.info", &narrow).await.body;
    assert_eq!((&refused["error"], &refused["needed"]), (&json!("missing_scope"), &json!("team:read")));
    assert_eq!(sandbox.read("/slack/api/auth.test", "xoxb-guess").await.body["error"], "invalid_auth");
}

/// Without rotation revoking a token ends the authorization; with it, that token only. Uninstalling ends all.
#[tokio::test]
async fn revoking_goes_as_far_as_slack_goes() {
    let sandbox = start(connect_config()).await;
    let alive = async |token: &str| sandbox.read("/slack/api/auth.test", token).await.body["ok"] == true;
    let body = sandbox.join(SLACK, BOTH).await;
    let (bot, user) = (text(&body, "access_token"), text(&body["authed_user"], "access_token"));
    let dry = sandbox.read("/slack/api/auth.revoke?test=1", &bot).await.body;
    assert_eq!((dry, alive(&bot).await), (json!({"ok": true, "revoked": false}), true));
    assert_eq!(sandbox.read("/slack/api/auth.revoke", &bot).await.body, json!({"ok": true, "revoked": true}));
    assert_eq!((alive(&bot).await, alive(&user).await), (false, false));

    sandbox.control("slack/settings", json!({"rotation": true})).await;
    let body = sandbox.join(SLACK, BOTH).await;
    let (bot, user) = (text(&body, "access_token"), text(&body["authed_user"], "access_token"));
    sandbox.read("/slack/api/auth.revoke", &bot).await;
    assert_eq!((alive(&bot).await, alive(&user).await), (false, true));
    let uninstall = async |secret: &str| {
        let form = [("client_id", "connect-slack"), ("client_secret", secret)];
        let request = sandbox.client.post(sandbox.url("/slack/api/apps.uninstall")).bearer_auth(&user).form(&form);
        answer(request.send().await.unwrap()).await.body
    };
    assert_eq!(uninstall("guess").await["error"], "bad_client_secret");
    assert_eq!(uninstall("connect secret").await, json!({"ok": true}));
    assert!(!alive(&user).await);
    assert_eq!(sandbox.renew(SLACK, &text(&body, "refresh_token")).await.body["error"], "invalid_refresh_token");
}

/// The client may stand in the header as well, and what is wrong has Slack's words, with status 200.
#[tokio::test]
async fn the_client_is_named_by_basic_or_form() {
    let sandbox = start(connect_config()).await;
    let code = query(&sandbox.visit(SLACK, &[]).await)["code"].clone();
    let access = async |secret: &str, callback: &str| {
        let form = [("code", code.as_str()), ("redirect_uri", callback)];
        let request = sandbox.client.post(sandbox.url(SLACK.token)).basic_auth("connect-slack", Some(secret));
        answer(request.form(&form).send().await.unwrap()).await.body
    };
    assert_eq!(access("guess", SLACK.callback).await, json!({"ok": false, "error": "bad_client_secret"}));
    assert_eq!(access("connect secret", SLACK.callback).await["ok"], true);
    assert_eq!(access("connect secret", SLACK.callback).await["error"], "invalid_code");
    let code = query(&sandbox.visit(SLACK, &[]).await)["code"].clone();
    assert_eq!(sandbox.ask(SLACK, &[("code", &code)]).await.body["error"], "bad_redirect_uri");
}
