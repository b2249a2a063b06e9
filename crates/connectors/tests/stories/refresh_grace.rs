//! Answers that are lost at a vendor who takes a used refresh token once more for ten minutes: inside them nothing is lost.

use crate::support::{Answer, Process, Server};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// A connection whose token is over.
async fn scene() -> (Server, Uuid, Value) {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.advance(TimeDelta::hours(2)).await;
    (server, tenant, connection)
}

async fn health(server: &Server, tenant: Uuid, connection: &Value) -> (Value, Value) {
    let health = server.connection(tenant, &connection["id"]).await["health"].clone();
    (health["status"].clone(), health["reason"].clone())
}

/// How often the vendor was asked for a refresh.
async fn asked(server: &Server) -> u64 {
    server.sandbox.count("atlassian", "token_requests").await - 1
}

/// The answer is a token that the vendor takes, the connection is well, and the next refresh works with what it has.
async fn lives(server: &Server, tenant: Uuid, connection: &Value, answer: Answer) {
    let token = answer.with(200)["access_token"].clone();
    assert!(server.sandbox.accepts("jira", token.as_str().unwrap()).await);
    assert_eq!(health(server, tenant, connection).await, (json!("active"), json!(null)));
    let before = asked(server).await;
    server.advance(TimeDelta::hours(2)).await;
    server.vend(tenant, connection).await;
    assert_eq!(asked(server).await, before + 1);
}

/// One answer is lost on its way: the caller waits a second longer, for the same token asked with again brings another pair.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let (server, tenant, connection) = scene().await;
    server.sandbox.fault("atlassian", "refresh", "answer_lost", 1).await;
    let answer = server.vend_answer(tenant, &connection).await;
    assert_eq!(asked(&server).await, 2);
    lives(&server, tenant, &connection, answer).await;
}

/// Two are lost: the last attempt waits as long as it can and still comes inside the ten minutes.
#[tokio::test]
async fn the_last_attempt_comes_inside_the_grace() {
    let (server, tenant, connection) = scene().await;
    server.sandbox.fault("atlassian", "refresh", "answer_lost", 2).await;
    let waiting = server.vend_answer(tenant, &connection).await;
    assert_eq!(waiting.problem().0, 502);
    let seconds: i64 = waiting.header("retry-after").unwrap().parse().unwrap();
    assert!((400..=450).contains(&seconds), "three quarters of what is left: {seconds}");
    assert_eq!(health(&server, tenant, &connection).await, (json!("degraded"), json!("unanswered")));
    server.vend_answer(tenant, &connection).await.problem();
    assert_eq!(asked(&server).await, 2, "nobody asks before that");
    server.advance(TimeDelta::seconds(seconds + 1)).await;
    let answer = server.vend_answer(tenant, &connection).await;
    assert_eq!(asked(&server).await, 3);
    lives(&server, tenant, &connection, answer).await;
}

/// The last attempt comes too late: the vendor takes the token for a copy, and a person has to connect again.
#[tokio::test]
async fn after_the_grace_the_grant_is_lost() {
    let (server, tenant, connection) = scene().await;
    server.sandbox.fault("atlassian", "refresh", "answer_lost", 2).await;
    server.vend_answer(tenant, &connection).await.problem();
    server.advance(TimeDelta::minutes(11)).await;
    for _ in 0..2 {
        let refused = server.vend_answer(tenant, &connection).await;
        assert_eq!(refused.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
        assert_eq!(health(&server, tenant, &connection).await, (json!("needs_reauth"), json!("rotated_elsewhere")));
        assert_eq!(asked(&server).await, 3);
    }
}

/// The process that asked is killed while the vendor holds the answer back: the next one gets a pair with the same token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    let mut process = Process::of(&server).await;
    server.sandbox.fault("atlassian", "refresh", "hold", 1).await;
    server.database.execute("update grants set expires_at = now(), refresh_at = now()").await;
    let caller = server.operator(tenant).at(&process.url);
    let path = format!("/oauth/token/jira?connection_id={}", connection["id"].as_str().unwrap());
    let cut_off = tokio::spawn(async move { caller.attempt(reqwest::Method::GET, &path, "").await });
    let held = async {
        while server.sandbox.count("atlassian", "held").await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(testkit::PATIENCE, held).await.expect("the vendor is asked");
    process.kill();
    assert!(cut_off.await.unwrap().is_err());
    server.database.execute("update grants set lease_expires_at = now() - interval '1 second'").await;
    let answer = server.vend_answer(tenant, &connection).await;
    assert_eq!(asked(&server).await, 2);
    lives(&server, tenant, &connection, answer).await;
}
