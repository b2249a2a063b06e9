//! What has just been stored goes to the readers of the same process past the queue, and loses nothing by that.

use crate::support::{Deliveries, Server};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

fn push(number: usize) -> Value {
    json!({
        "ref": "refs/heads/main", "after": format!("{number:040}"), "before": "0".repeat(40),
        "repository": {"id": 1, "full_name": "a/b"}, "head_commit": {"timestamp": "2026-01-01T00:00:00Z"}, "commits": [],
    })
}

async fn until(what: &str, look: impl AsyncFn() -> bool) {
    let seen = async {
        while !look().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(testkit::PATIENCE, seen).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Somebody takes what is handed over, and the queue is known to be empty.
async fn opened(server: &Server, tenant: Uuid) -> Deliveries {
    let handover = &server.app.inbox.handover;
    handover.open().await;
    handover.found_empty(handover.mark());
    Deliveries::to(server, &format!("/webhooks/github/{tenant}"))
}

/// The database would refuse every claim: what is read was handed over.
#[tokio::test]
async fn what_arrives_need_not_be_claimed() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let workers = server.start_workers().await;
    until("the queue is looked into", async || !server.app.inbox.handover.is_behind()).await;
    let refusing = "create function refuse() returns trigger language plpgsql as 'begin raise ''no claims''; end'";
    server.database.execute(refusing).await;
    let each = "create trigger refuse before update on delivery_queue for each row execute function refuse()";
    server.database.execute(each).await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    for number in 0..5 {
        github.send("push", &number.to_string(), &push(number)).await.with(200);
        // A repetition of what has been read already is nobody's work.
        github.send("push", &number.to_string(), &push(number)).await.with(200);
    }
    until("five signals", async || server.database.count("signals").await == 5).await;
    until("an empty queue", async || server.database.count("delivery_queue").await == 0).await;
    server.stop();
    workers.finished().await;
}

/// Handed to a process that dies: the claims run out, and what it still held in its hands it cannot write twice.
#[tokio::test]
async fn what_a_dead_process_was_handed_is_taken_over() {
    let server = Server::start().await;
    let github = opened(&server, server.tenant().await).await;
    for number in 0..3 {
        github.send("push", &number.to_string(), &push(number)).await.with(200);
    }
    server.unchanged(server.read_deliveries()).await;
    server.clock.advance(TimeDelta::seconds(61));
    server.read_deliveries().await;
    assert_eq!((server.database.count("signals").await, server.database.count("delivery_queue").await), (3, 0));
    // It was not dead after all.
    server.stop();
    connectors::workers::make_room(&server.app).await.unwrap();
    server.unchanged(async { server.start_workers().await.finished().await }).await;
}

/// Who is told to stop reads what it has been handed.
#[tokio::test]
async fn what_was_handed_over_is_read_before_the_end() {
    let server = Server::start().await;
    let github = opened(&server, server.tenant().await).await;
    for number in 0..3 {
        github.send("push", &number.to_string(), &push(number)).await.with(200);
    }
    assert_eq!(server.database.count("signals").await, 0);
    server.stop();
    server.start_workers().await.finished().await;
    assert_eq!((server.database.count("signals").await, server.database.count("delivery_queue").await), (3, 0));
}

/// What cannot be read is in the queue with its first attempt, and goes on from there.
#[tokio::test]
async fn what_cannot_be_read_waits_in_the_queue() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let workers = server.start_workers().await;
    until("the queue is looked into", async || !server.app.inbox.handover.is_behind()).await;
    let poison = json!({"action": "opened", "issue": {"number": 1}});
    Deliveries::to(&server, &format!("/webhooks/github/{tenant}")).send("issues", "poison", &poison).await.with(200);
    let row = async || -> (String, Option<i32>, Option<String>, bool) {
        sqlx::query_as("select state, attempts, error, next_attempt_at > received_at from delivery_states")
            .fetch_one(&server.database.pool)
            .await
            .unwrap()
    };
    until("it has been tried", async || row().await.2.is_some()).await;
    let (state, attempts, error, is_later) = row().await;
    assert_eq!((state.as_str(), attempts, is_later), ("pending", Some(1), true));
    assert!(error.unwrap().starts_with("the issues delivery lacks /"));
    server.clock.advance(TimeDelta::seconds(10));
    until("it has been tried again", async || row().await.1 == Some(2)).await;
    server.stop();
    workers.finished().await;
}

/// While something older waits in the queue, nothing overtakes it.
#[tokio::test]
async fn nothing_overtakes_the_queue() {
    let server = Server::start().await;
    let github = opened(&server, server.tenant().await).await;
    server.app.inbox.handover.left_in_queue();
    github.send("push", "behind", &push(1)).await.with(200);
    let claimed: Option<Uuid> =
        sqlx::query_scalar("select claimed_by from delivery_queue").fetch_one(&server.database.pool).await.unwrap();
    assert_eq!((claimed, server.app.inbox.handover.take().len()), (None, 0));
    server.read_deliveries().await;
    assert_eq!(server.database.count("signals").await, 1);
}
