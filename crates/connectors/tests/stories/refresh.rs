//! A token's end, and the one refresh that everybody shares.

use crate::support::Server;
use chrono::TimeDelta;
use connectors::App;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinSet};

fn token(vended: &Value) -> String {
    vended["access_token"].as_str().unwrap().to_owned()
}

/// Opens a pool's connections one after another. Their handshakes cost an unoptimised build so much that thirty-two callers
/// on a busy machine would wait longer for them than a request may.
async fn open_the_pool(app: &App) {
    let mut connections = Vec::new();
    for _ in 0..10 {
        connections.push(app.pool.acquire().await.unwrap());
    }
}

/// Thirty-two callers at two processes ask at the moment after expiry: one refresh, one new token for all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_refreshed_once_for_all() {
    let server = Server::start().await;
    let (_second, other) = server.second().await;
    let tenant = server.tenant().await;
    for provider in ["linear", "github"] {
        let connection = server.connected(tenant, provider, "ann").await;
        let old = token(&server.vend(tenant, &connection).await);
        server.advance(TimeDelta::hours(25)).await;
        assert!(!server.sandbox.accepts(provider, &old).await);
        let path = format!("/oauth/token/{provider}?connection_id={}", connection["id"].as_str().unwrap());
        let mut calls = JoinSet::new();
        for n in 0..32 {
            let caller = server.operator(tenant);
            let caller = if n % 2 == 0 { caller } else { caller.at(&other) };
            let path = path.clone();
            calls.spawn(async move { token(&caller.get(&path).await.with(200)) });
        }
        let tokens: BTreeSet<String> = calls.join_all().await.into_iter().collect();
        assert_eq!(tokens.len(), 1, "{provider}");
        assert!(!tokens.contains(&old) && server.sandbox.accepts(provider, tokens.first().unwrap()).await);
        assert_eq!(server.sandbox.count(provider, "refreshes").await, 1, "{provider}");
        assert_eq!(server.sandbox.count(provider, "token_requests").await, 2, "{provider}: exchange and refresh");
    }
}

/// Two processes with sixteen callers each, all of them asking all the time, against a vendor that ends the whole family when
/// a refresh token comes twice. Tokens live for a second; the time of thirty passes. Nobody gets an error, and the vendor is
/// asked once for each new pair.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendor_that_forgives_no_reuse_sees_none() {
    let server = Server::start().await;
    let (second, other) = server.second().await;
    for app in [&server.app, &second] {
        open_the_pool(app).await;
    }
    let tenant = server.tenant().await;
    server.sandbox.settings("linear", json!({"access_ttl_seconds": 1, "revoke_family_on_reuse": true})).await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let path = format!("/oauth/token/linear?connection_id={}", connection["id"].as_str().unwrap());
    let over = Arc::new(AtomicBool::new(false));
    let (told, mut answers) = mpsc::unbounded_channel();
    let mut callers = JoinSet::new();
    for n in 0..32 {
        let caller = if n % 2 == 0 { server.operator(tenant) } else { server.operator(tenant).at(&other) };
        let (path, told, over) = (path.clone(), told.clone(), Arc::clone(&over));
        callers.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                told.send(caller.get(&path).await.status.as_u16()).unwrap();
            }
        });
    }
    // Each second passes when as many calls have been answered as there are callers.
    for _second in 0..30 {
        for _ in 0..32 {
            assert_eq!(answers.recv().await, Some(200));
        }
        server.advance(TimeDelta::seconds(1)).await;
    }
    over.store(true, Ordering::Relaxed);
    callers.join_all().await;
    while let Ok(status) = answers.try_recv() {
        assert_eq!(status, 200);
    }
    // The last one lives for longer than it may take to look at it.
    server.sandbox.settings("linear", json!({"access_ttl_seconds": null})).await;
    server.advance(TimeDelta::seconds(1)).await;
    let last = token(&server.vend(tenant, &connection).await);
    assert!(server.sandbox.accepts("linear", &last).await);
    let version: i64 = sqlx::query_scalar("select version from grants").fetch_one(&server.database.pool).await.unwrap();
    let rotations = u64::try_from(version - 1).unwrap();
    assert!(rotations >= 30, "{rotations}");
    assert_eq!(server.sandbox.count("linear", "refreshes").await, rotations);
    assert_eq!(server.sandbox.count("linear", "token_requests").await, rotations + 1, "and the exchange");
    assert_eq!(server.connection(tenant, &connection["id"]).await["health"]["status"], "active");
}

/// The background renews ahead of the end, and does nothing before its time.
#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_end() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let renew = async || connectors::workers::renew_ahead(&server.app).await.unwrap();
    assert_eq!(renew().await, 0);
    let old = token(&server.vend(tenant, &connection).await);
    server.advance(TimeDelta::hours(23) + TimeDelta::minutes(31)).await;
    assert_eq!(renew().await, 1);
    assert_eq!(renew().await, 0);
    let new = token(&server.vend(tenant, &connection).await);
    assert_ne!(old, new);
    assert_eq!(server.sandbox.count("linear", "refreshes").await, 1);
}

/// The person or backend asks for a refresh: it happens though the token would still do, and once for those who ask
/// together.
#[tokio::test]
async fn a_refresh_on_demand_rotates() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let old = token(&server.vend(tenant, &connection).await);
    let path = format!("/connections/{}/refresh", connection["id"].as_str().unwrap());
    let shown = server.operator(tenant).post_nothing(&path).await.with(200);
    assert_eq!(shown["health"]["status"], "active");
    assert!(!server.sandbox.accepts("github", &old).await);
    assert!(server.sandbox.accepts("github", &token(&server.vend(tenant, &connection).await)).await);
    assert_eq!(server.sandbox.count("github", "refreshes").await, 1);
}

/// The caller hangs up while the vendor is slow. The new pair is kept all the same, for the old one is dead.
#[tokio::test]
async fn a_refresh_ends_although_its_caller_has_gone() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    server.advance(TimeDelta::hours(25)).await;
    // The first attempt fails; the second, a second later, succeeds when nobody listens any more.
    server.sandbox.fault("linear", "token", "status_500", 1).await;
    let impatient = tokio::time::timeout(Duration::from_millis(300), server.vend_answer(tenant, &connection)).await;
    assert!(impatient.is_err());
    let version = async || -> i64 {
        sqlx::query_scalar("select version from grants").fetch_one(&server.database.pool).await.unwrap()
    };
    tokio::time::timeout(testkit::PATIENCE, async {
        while version().await < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the refresh is committed");
    let requests = server.sandbox.count("linear", "token_requests").await;
    assert!(server.sandbox.accepts("linear", &token(&server.vend(tenant, &connection).await)).await);
    assert_eq!(server.sandbox.count("linear", "token_requests").await, requests);
}

/// A process died in the middle of a refresh. Its lease runs out, and another one takes over; until then nobody does.
#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let hold = async |until: &str| {
        let sql =
            format!("update grants set lease_owner = gen_random_uuid(), lease_expires_at = now() + interval '{until}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&server.database.pool).await.unwrap();
    };
    // Due, but still valid, and somebody else is at it: what serves is served.
    server.advance(TimeDelta::hours(23) + TimeDelta::minutes(31)).await;
    hold("1 minute").await;
    let old = token(&server.vend(tenant, &connection).await);
    assert_eq!(server.sandbox.count("linear", "refreshes").await, 0);
    hold("-1 second").await;
    assert_ne!(token(&server.vend(tenant, &connection).await), old);
    assert_eq!(server.sandbox.count("linear", "refreshes").await, 1);
}
