//! A backup is taken, and brought back somewhere else.

use crate::support::{Server, environment};
use chrono::TimeDelta;
use connectors::{
    audit::{Anchor, verify},
    workers,
};
use serde_json::{Value, json};
use std::process::Command;
use testkit::{Database, canary};

/// Grants open with the key, and the vendor takes what is handed out; signals are the same to the letter; the audit log verifies, up
/// to the end that was kept elsewhere, and everything goes on from there. The dump itself holds no secret.
#[tokio::test]
async fn what_was_backed_up_serves_again() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let linear = server.connected(tenant, "linear", "ann").await;
    let github = server.connected(tenant, "github", "bob").await;
    let own = json!({"client_id": crate::support::OWN_CLIENT_ID, "client_secret": crate::support::OWN_CLIENT_SECRET});
    server.operator(tenant).put_json("/provider-configs/linear", &own).await.with(201);
    workers::tend_hooks(&server.app).await.unwrap();
    server.sync().await;
    let tokens = [server.vend(tenant, &linear).await, server.vend(tenant, &github).await];
    workers::chain_audit(&server.app).await.unwrap();
    let end = server.operator(tenant).get("/audit").await.with(200)["chain"].clone();
    let anchor: Anchor = format!("{tenant}:{}:{}", end["seq"], end["hash"].as_str().unwrap()).parse().unwrap();
    let paths =
        ["/signals?limit=100&include_payload=true", "/connections", "/audit?limit=100", "/provider-configs/linear"];
    let mut before = Vec::new();
    for path in paths {
        before.push(server.operator(tenant).get(path).await.with(200));
    }
    let dump = server.database.dumped();
    assert_eq!(canary::found(&dump.bytes()), None);

    let restored = Database::restored(&dump).await;
    assert!(db::is_current(&restored.pool).await.unwrap());
    let (app, url) = server.over(&restored).await;
    let operator = server.operator(tenant).at(&url);
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(operator.get(path).await.with(200), before, "{path}");
    }
    for (connection, token) in [&linear, &github].into_iter().zip(tokens) {
        let (provider, id) = (connection["provider"].as_str().unwrap(), connection["id"].as_str().unwrap());
        let again = operator.get(&format!("/oauth/token/{provider}?connection_id={id}")).await.with(200);
        assert_eq!(again, token);
        assert!(server.sandbox.accepts(provider, again["access_token"].as_str().unwrap()).await);
    }
    workers::chain_audit(&app).await.unwrap();
    let mut verdicts = Vec::new();
    verify(&restored.pool, &app.vault, None, &[anchor], &mut |verdict| verdicts.push(verdict)).await.unwrap();
    assert!(verdicts.iter().all(|verdict| verdict.broken.is_none()) && verdicts.len() == 1, "{verdicts:?}");
    assert_eq!(verdicts[0].last_seq, end["seq"].as_i64().unwrap() + 2);
    let path = format!("/connections/{}", github["id"].as_str().unwrap());
    assert_eq!(operator.delete(&path).await.with(200)["at_provider"], "revoked");
}

/// With another key the service does not start at all, and says why; it would else forget what it cannot open.
#[tokio::test]
async fn with_another_key_it_does_not_start() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    server.connected(tenant, "linear", "ann").await;
    let restored = Database::restored(&server.database.dumped()).await;
    let mut wrong = environment(&server.url, server.sandbox.url(), &server.people.jwks_url, None);
    wrong.retain(|(key, _)| !["DATABASE_URL", "ENCRYPTION_KEY"].contains(&key.as_str()));
    wrong.push(("DATABASE_URL".to_owned(), restored.url.clone()));
    wrong.push(("ENCRYPTION_KEY".to_owned(), "fedcba9876543210fedcba9876543210".to_owned()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
    let done = command.env_clear().envs(wrong).env("PORT", "0").arg("serve").output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && said.contains("does not open what this database holds"), "{said}");
    assert_eq!(restored.count("grants").await, 1);
}

/// An old backup knows only a refresh token that the vendor has replaced since. That does not pass in silence: the connection says
/// what a person has to do, and so do a signal and the audit log; once that is done all is well.
#[tokio::test]
async fn a_grant_that_was_renewed_since_says_so() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let id = connection["id"].as_str().unwrap();
    let dump = server.database.dumped();
    for _ in 0..2 {
        server.advance(TimeDelta::hours(25)).await;
        server.vend(tenant, &connection).await;
    }
    server.advance(TimeDelta::hours(1)).await;

    let restored = Database::restored(&dump).await;
    let (_app, url) = server.over(&restored).await;
    let operator = server.operator(tenant).at(&url);
    let vend = format!("/oauth/token/linear?connection_id={id}");
    assert_eq!(operator.get(&vend).await.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    let health = operator.get(&format!("/connections/{id}")).await.with(200)["health"].clone();
    assert_eq!((&health["status"], &health["next_action"]), (&json!("needs_reauth"), &json!("reconnect")));
    assert!(health["reconnect_url"].is_string(), "{health}");
    let story = operator.get(&format!("/connections/{id}/timeline")).await.with(200);
    assert_eq!(story["events"][0]["event"], "connection.needs_reauth");
    let signals: Value = operator.get("/signals?kind=connection_needs_reauth").await.with(200);
    assert_eq!(signals["signals"].as_array().unwrap().len(), 1);

    let started = operator.post("/connect/linear", &json!({})).await.with(201);
    let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
    operator.get(&format!("/connect/linear/callback?{}", back.query().unwrap())).await.with(200);
    let token = operator.get(&vend).await.with(200)["access_token"].as_str().unwrap().to_owned();
    assert!(server.sandbox.accepts("linear", &token).await);
}
