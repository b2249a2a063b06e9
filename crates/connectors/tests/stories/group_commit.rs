//! Many deliveries at once.

use crate::support::{Deliveries, Server};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use tokio::task::JoinSet;

/// Two hundred at once at two processes, each twice, are all stored, in few transactions: what waits is committed
/// together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_deliveries_are_committed_together() {
    let server = Server::start().await;
    let (_second, other) = server.second().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let mut calls = JoinSet::new();
    for n in 0..400 {
        let sender = if n % 2 == 0 { github.clone() } else { github.at(&other) };
        calls.spawn(async move {
            let number = n % 200;
            sender.send("ping", &format!("delivery-{number}"), &json!({"zen": number})).await.status.as_u16()
        });
    }
    assert!(calls.join_all().await.into_iter().all(|status| status == 200));
    assert_eq!(server.database.count("deliveries").await, 200);
    // Rows of one transaction carry its number.
    let commits: i64 = sqlx::query_scalar("select count(distinct xmin::text) from deliveries")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert!(commits <= 100, "{commits} transactions for 200 deliveries");
}

/// The same bodies in opposite orders from two sides: nobody is told to come again because of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opposite_orders_do_not_block_each_other() {
    let server = Server::start().await;
    let (_second, other) = server.second().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let mut calls = JoinSet::new();
    for n in 0..100 {
        for (sender, id) in [(github.clone(), n), (github.at(&other), 999 - n)] {
            calls.spawn(async move {
                sender.send("ping", &format!("delivery-{id:03}"), &json!({ "zen": n })).await.status.as_u16()
            });
        }
    }
    let mut answers = BTreeMap::new();
    for status in calls.join_all().await {
        *answers.entry(status).or_insert(0) += 1;
    }
    assert_eq!(answers, BTreeMap::from([(200, 200)]));
    assert_eq!(server.database.count("deliveries").await, 100);
}

/// The database stands still and memory is full of what waits: more is refused with a 503 before it is read, and taken
/// once there is room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_wait_is_told_to_come_back() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let mut lock = server.database.pool.begin().await.unwrap();
    sqlx::raw_sql("lock table deliveries in exclusive mode").execute(&mut *lock).await.unwrap();
    // 128 MiB may wait: seven of 18 MiB, and not eight.
    let large = "x".repeat(18 * 1024 * 1024);
    let mut calls = JoinSet::new();
    for n in 0..8 {
        let (sender, body) = (github.clone(), json!({ "zen": n, "large": large }));
        calls.spawn(async move { sender.send("ping", &n.to_string(), &body).await });
    }
    let refused = calls.join_next().await.unwrap().unwrap();
    assert_eq!(refused.problem(), (503, "OVERLOADED".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("2"));
    lock.rollback().await.unwrap();
    let answers = tokio::time::timeout(Duration::from_secs(30), calls.join_all()).await.unwrap();
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(server.database.count("deliveries").await, 7);
    github.send("ping", "again", &json!({"zen": 8})).await.with(200);
}

/// A database that is gone is said to the vendor, who will send again.
#[tokio::test]
async fn a_delivery_that_is_not_stored_is_not_acknowledged() {
    let server = Server::start().await;
    let github = Deliveries::to(&server, "/webhooks/github");
    server.app.pool.close().await;
    let answer = github.send("ping", "one", &json!({"zen": 1})).await;
    assert_eq!(answer.problem(), (503, "OVERLOADED".to_owned()));
    assert_eq!(server.database.count("deliveries").await, 0);
}
