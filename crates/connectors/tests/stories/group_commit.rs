//! Many deliveries at once.

use crate::support::{Deliveries, Server};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

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

/// A sender who has sent all of a body but its last byte.
async fn dawdle(server: &Server, bytes: usize) -> TcpStream {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut wire = TcpStream::connect(address).await.unwrap();
    let head = format!("POST /webhooks/github HTTP/1.1\r\nhost: {address}\r\ncontent-length: {bytes}\r\n\r\n");
    wire.write_all(head.as_bytes()).await.unwrap();
    wire.write_all(&vec![b' '; bytes - 1]).await.unwrap();
    wire
}

/// Memory for bodies is bounded: 128 MiB in flight, and the next is asked to come back. Room is taken by what has
/// arrived, not by what is announced, and is free again when the sender goes.
#[tokio::test]
async fn what_has_no_room_is_told_to_come_back() {
    const MIB: usize = 1024 * 1024;
    let server = Server::start().await;
    let github = Deliveries::to(&server, "/webhooks/github");
    let mut senders = Vec::new();
    for (n, mib) in [25, 25, 25, 25, 25, 3].into_iter().enumerate() {
        github.send("ping", &n.to_string(), &json!({ "zen": n })).await.with(200);
        senders.push(dawdle(&server, mib * MIB).await);
    }
    // On one thread this look at the room cannot take it from a sender.
    while server.app.inbox.room().grow(1).is_ok() {
        tokio::task::yield_now().await;
    }
    let refused = github.send("ping", "no room", &json!({"zen": 0})).await;
    assert_eq!(refused.problem(), (503, "OVERLOADED".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("2"));
    drop(senders);
    while server.app.inbox.room().grow(100 * MIB).is_err() {
        tokio::task::yield_now().await;
    }
    github.send("ping", "no room", &json!({"zen": 0})).await.with(200);
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
