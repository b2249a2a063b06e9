//! Slack: a workspace's bot and a person, as two grants of one connection.

use crate::support::Server;
use chrono::TimeDelta;
use kernel::UserId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

async fn rotating() -> Server {
    let server = Server::start().await;
    server.sandbox.control("slack/settings", json!({"rotation": true})).await;
    server
}

fn both() -> Value {
    json!({"scopes": ["channels:read", "users:read"], "parameters": {"user_scope": "search:read,chat:write"}})
}

async fn vended(server: &Server, tenant: Uuid, grant: &str) -> Value {
    server.operator(tenant).get(&format!("/oauth/token/slack?grant={grant}")).await.with(200)
}

fn token(vended: &Value) -> &str {
    vended["access_token"].as_str().unwrap()
}

fn scopes(of: &Value) -> Vec<&str> {
    let scopes: BTreeSet<&str> = of["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    scopes.into_iter().collect()
}

async fn end(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    server.operator(tenant).delete(&path).await.with(200)["at_provider"].clone()
}

/// One consent brings the bot's token and the person's; each is vended by its name, and each is renewed by itself.
#[tokio::test]
async fn bot_and_person_are_two_grants_of_one_connection() {
    let server = rotating().await;
    let tenant = server.tenant().await;
    let connection = server.connected_as(tenant, "slack", "ann", &both()).await;
    let (bot, person) = (vended(&server, tenant, "primary").await, vended(&server, tenant, "user").await);
    assert_eq!(scopes(&bot), ["channels:read", "users:read"]);
    assert_eq!(scopes(&person), ["chat:write", "search:read"]);
    assert_eq!(scopes(&connection), ["channels:read", "chat:write", "search:read", "users:read"]);
    let users = [
        server.sandbox.slack_user(token(&bot)).await.unwrap(),
        server.sandbox.slack_user(token(&person)).await.unwrap(),
    ];
    assert_ne!(users[0], users[1]);
    let team = connection["org_id"].as_str().unwrap();
    assert_eq!(connection["account_id"], format!("{team}/{}", users[1]));
    assert_eq!(connection["display_name"], "ann (ann workspace)");

    server.advance(TimeDelta::hours(13)).await;
    let (new_bot, new_person) = (vended(&server, tenant, "primary").await, vended(&server, tenant, "user").await);
    assert!(token(&new_bot) != token(&bot) && token(&new_person) != token(&person));
    assert_eq!(server.sandbox.slack_user(token(&new_bot)).await.as_ref(), Some(&users[0]));
    assert_eq!(server.sandbox.slack_user(token(&new_person)).await.as_ref(), Some(&users[1]));
    assert_eq!((scopes(&new_bot), scopes(&new_person)), (scopes(&bot), scopes(&person)));
    assert_eq!(server.sandbox.count("slack", "refreshes").await, 2);
    assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["status"], "active");

    // Both end with the connection.
    assert_eq!(end(&server, tenant, &connection).await, "revoked");
    for gone in [&new_bot, &new_person] {
        assert!(!server.sandbox.accepts("slack", token(gone)).await);
    }
    assert_eq!(server.sandbox.state().await["slack"]["live_access_tokens"], 0);
    assert_eq!((server.database.count("grants").await, server.database.count("jobs").await), (0, 0));
}

/// Two hours before the end both pairs are renewed in the background.
#[tokio::test]
async fn both_pairs_are_renewed_ahead_of_their_end() {
    let server = rotating().await;
    let tenant = server.tenant().await;
    server.connected_as(tenant, "slack", "ann", &both()).await;
    let renew = async || connectors::workers::renew_ahead(&server.app).await.unwrap();
    server.advance(TimeDelta::minutes(9 * 60 + 59)).await;
    assert_eq!(renew().await, 0);
    server.advance(TimeDelta::minutes(2)).await;
    assert_eq!(renew().await, 2);
    assert_eq!(server.sandbox.count("slack", "refreshes").await, 2);
}

/// An app that does not rotate: a member connects the bot, whose token has no end and is never renewed. There is no
/// second grant.
#[tokio::test]
async fn a_token_that_does_not_rotate_has_no_end() {
    let server = Server::start().await;
    let user = UserId::generate();
    let member = server.member(user);
    assert_eq!(server.connect_as(&member, "slack", "ann").await.status, 200);
    let page = member.get("/connections").await.with(200);
    let connection = &page["connections"][0];
    assert_eq!(connection["account_id"], connection["org_id"]);
    assert_eq!((&connection["display_name"], &connection["owner"]), (&json!("ann workspace"), &json!(user.as_uuid())));
    let tenant = user.as_uuid();
    let first = vended(&server, tenant, "primary").await;
    assert_eq!(first["expires_at"], Value::Null);
    server.advance(TimeDelta::days(365)).await;
    assert_eq!(token(&vended(&server, tenant, "primary").await), token(&first));
    assert_eq!(server.sandbox.count("slack", "token_requests").await, 1);
    let no_person = server.operator(tenant).get("/oauth/token/slack?grant=user").await;
    assert_eq!(no_person.status, 404, "{}", no_person.text);
}

/// Asked for a person's scopes only, Slack gives a person's token only: it is the connection's one grant.
#[tokio::test]
async fn a_person_may_be_connected_without_a_bot() {
    let server = rotating().await;
    let tenant = server.tenant().await;
    let wish = json!({"scopes": [], "parameters": {"user_scope": "search:read"}});
    let connection = server.connected_as(tenant, "slack", "ann", &wish).await;
    let person = vended(&server, tenant, "primary").await;
    let user = server.sandbox.slack_user(token(&person)).await.unwrap();
    assert_eq!(connection["account_id"], format!("{}/{user}", connection["org_id"].as_str().unwrap()));
    assert_eq!((scopes(&connection), scopes(&person)), (vec!["search:read"], vec!["search:read"]));
    server.advance(TimeDelta::hours(13)).await;
    let renewed = vended(&server, tenant, "primary").await;
    assert_ne!(token(&renewed), token(&person));
    assert_eq!(server.sandbox.slack_user(token(&renewed)).await, Some(user));
}

/// An organization installs for all of its workspaces, and is in none of them.
#[tokio::test]
async fn an_organization_is_an_account_of_its_own() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "slack", "ent-acme").await;
    let id = connection["account_id"].as_str().unwrap();
    assert!(id.starts_with('E'), "{id}");
    assert_eq!(connection["org_id"], id);
    let by_org = server.operator(tenant).get(&format!("/oauth/token/slack?org_id={id}")).await.with(200);
    assert!(server.sandbox.accepts("slack", token(&by_org)).await);
}

/// What the person unticks is not there, whatever was asked for.
#[tokio::test]
async fn declined_scopes_are_not_granted() {
    let server = Server::start().await;
    server.sandbox.control("slack/settings", json!({"decline_scopes": ["users:read", "chat:write"]})).await;
    let tenant = server.tenant().await;
    let connection = server.connected_as(tenant, "slack", "ann", &both()).await;
    assert_eq!(scopes(&connection), ["channels:read", "search:read"]);
}

/// S4: a workspace has one bot for all who connected it. The first of two tenants to leave leaves it alone.
#[tokio::test]
async fn a_shared_workspace_lives_until_its_last_tenant_leaves() {
    let server = Server::start().await;
    let (first, second) = (server.tenant().await, server.tenant().await);
    // One with the person's token beside the bot's, so that they are not even the same account.
    let ours = server.connected_as(first, "slack", "ann", &both()).await;
    let theirs = server.connected(second, "slack", "ann").await;
    assert_ne!(ours["account_id"], theirs["account_id"]);
    let kept = vended(&server, second, "primary").await;
    assert_eq!(end(&server, first, &ours).await, "shared");
    assert_eq!(server.sandbox.count("slack", "revocations").await, 0);
    assert!(server.sandbox.accepts("slack", token(&kept)).await);
    assert_eq!(token(&vended(&server, second, "primary").await), token(&kept));
    assert_eq!(end(&server, second, &theirs).await, "revoked");
    assert!(!server.sandbox.accepts("slack", token(&kept)).await);
}

/// A 200 that says to wait, or to be failing, is no refusal; one that says the refresh token is dead is.
#[tokio::test]
async fn a_200_is_read_by_its_word() {
    let server = rotating().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "slack", "ann").await;
    server.advance(TimeDelta::hours(13)).await;
    let say = async |word: &str| {
        let fault = json!({"on": "token", "kind": "error_200", "error": word});
        server.sandbox.control("slack/faults", fault).await;
    };
    let refused = async |word: &str| {
        say(word).await;
        let (status, _) = server.operator(tenant).get("/oauth/token/slack").await.problem();
        (status, server.connection(tenant, &connection["id"]).await["health"]["status"].clone())
    };
    assert_eq!(refused("ratelimited").await, (502, json!("degraded")));
    server.advance(TimeDelta::minutes(2)).await;
    assert!(server.sandbox.accepts("slack", token(&vended(&server, tenant, "primary").await)).await);
    // Who is failing is asked again at once.
    server.advance(TimeDelta::hours(13)).await;
    say("internal_error").await;
    assert!(server.sandbox.accepts("slack", token(&vended(&server, tenant, "primary").await)).await);
    server.advance(TimeDelta::hours(13)).await;
    assert_eq!(refused("invalid_refresh_token").await, (409, json!("needs_reauth")));
}
