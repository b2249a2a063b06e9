//! Deliveries that cannot be read, and workers that meet.

use crate::support::{Deliveries, Server};
use chrono::{DateTime, TimeDelta, Utc};
use db::deliveries::{Ended, Order, Outcome};
use serde_json::{Value, json};
use uuid::Uuid;

fn push(number: usize) -> Value {
    json!({
        "ref": "refs/heads/main", "after": format!("{number:040}"), "before": "0".repeat(40),
        "repository": {"id": 1, "full_name": "a/b"}, "head_commit": {"timestamp": "2026-01-01T00:00:00Z"}, "commits": [],
    })
}

type Row = (String, i32, DateTime<Utc>, Option<String>);

async fn row(server: &Server, delivery: &str) -> Row {
    sqlx::query_as(
        "select state, coalesce(attempts, 0), coalesce(next_attempt_at, received_at), error
         from delivery_states
         where delivery_id = $1",
    )
    .bind(delivery)
    .fetch_one(&server.database.pool)
    .await
    .unwrap()
}

/// A known event without its documented shape is tried ten times with doubling pauses, then laid aside; all others go
/// on meanwhile. Sent anew by the vendor, it is read again.
#[tokio::test]
async fn a_poison_delivery_is_laid_aside() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let poison = json!({"action": "opened", "issue": {"number": 1}});
    github.send("push", "before", &push(1)).await.with(200);
    github.send("issues", "poison", &poison).await.with(200);
    github.send("push", "after", &push(2)).await.with(200);
    let mut least = TimeDelta::seconds(5);
    for attempt in 1..=10 {
        let now = server.clock.now();
        server.read_deliveries().await;
        let (state, attempts, next, error) = row(&server, "poison").await;
        assert_eq!(attempts, attempt);
        assert!(error.unwrap().starts_with("the issues delivery lacks /"));
        assert_eq!(state, if attempt < 10 { "pending" } else { "dead" });
        if attempt < 10 {
            let pause = next - now;
            assert!(pause >= least && pause < least * 2, "attempt {attempt}: {pause}");
            assert_eq!(server.database.count("signals").await, 2, "the others are done");
            server.unchanged(server.read_deliveries()).await;
            server.clock.advance(pause);
            least = (least * 2).min(TimeDelta::hours(1));
        }
    }
    server.clock.advance(TimeDelta::days(1));
    server.unchanged(server.read_deliveries()).await;
    github.send("issues", "poison", &poison).await.with(200);
    let (state, attempts, ..) = row(&server, "poison").await;
    assert_eq!((state.as_str(), attempts), ("pending", 0));
    // This time the reader knows the shape.
    let mended = json!({
        "action": "opened", "issue": {"node_id": "I_1", "number": 1, "title": "x", "html_url": "https://x", "created_at": "2026-01-01T00:00:00Z"},
        "repository": {"id": 1, "full_name": "a/b"}, "sender": {"id": 2, "login": "ann", "type": "User"},
    });
    sqlx::query("update deliveries set body = $1 where delivery_id = 'poison'")
        .bind(mended.to_string().into_bytes())
        .execute(&server.database.pool)
        .await
        .unwrap();
    server.read_deliveries().await;
    assert_eq!(row(&server, "poison").await.0, "done");
    assert_eq!(server.database.count("signals").await, 3);
}

/// A body that the database refuses spoils no other of its batch.
#[tokio::test]
async fn a_delivery_that_cannot_be_written_spoils_no_other() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    for number in 0..5 {
        github.send("push", &number.to_string(), &push(number)).await.with(200);
    }
    sqlx::raw_sql("alter table signals add check (subject->>'external_id' not like '%3')")
        .execute(&server.database.pool)
        .await
        .unwrap();
    server.read_deliveries().await;
    assert_eq!(server.database.count("signals").await, 4);
    let (state, attempts, _, error) = row(&server, "3").await;
    assert_eq!((state.as_str(), attempts, error.as_deref()), ("pending", 1, Some("the database failed")));
}

/// Two processes read at the same time; each delivery becomes its signals once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_write_each_signal_once() {
    let server = Server::start().await;
    let (second, _) = server.second().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    for number in 0..120 {
        github.send("push", &number.to_string(), &push(number)).await.with(200);
    }
    let read = connectors::workers::read_deliveries;
    let (one, two, three) = tokio::join!(read(&server.app), read(&second), read(&second));
    one.and(two).and(three).unwrap();
    let distinct: i64 = sqlx::query_scalar("select count(distinct delivery_id) from signals")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!((server.database.count("signals").await, distinct), (120, 120));
}

/// A worker died with deliveries in hand: after its claim has run out they are anybody's, and what it would still write
/// is not written twice.
#[tokio::test]
async fn a_dead_workers_deliveries_are_taken_over() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    github.send("push", "one", &push(1)).await.with(200);
    let frozen = Uuid::now_v7();
    let mut connection = server.database.pool.acquire().await.unwrap();
    let held =
        db::deliveries::claim(&mut connection, frozen, server.clock.now(), TimeDelta::minutes(1), 10, Order::Oldest)
            .await
            .unwrap();
    server.unchanged(server.read_deliveries()).await;
    server.clock.advance(TimeDelta::seconds(61));
    server.read_deliveries().await;
    let ended = Ended { delivery: &held[0], outcome: Outcome::Done, addressees: Vec::new() };
    assert!(!db::deliveries::finish(&mut connection, frozen, &[ended]).await.unwrap());
    assert_eq!(server.database.count("signals").await, 1);
}

/// A delivery that takes every worker down with it is given up in the end, and says so.
#[tokio::test]
async fn a_delivery_that_kills_its_workers_becomes_a_dead_letter() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    Deliveries::to(&server, &format!("/webhooks/github/{tenant}")).send("push", "one", &push(1)).await.with(200);
    let pool = &server.database.pool;
    let mut connection = pool.acquire().await.unwrap();
    for _ in 0..30 {
        let (worker, now) = (Uuid::now_v7(), server.clock.now());
        let claimed = db::deliveries::claim(&mut connection, worker, now, TimeDelta::minutes(1), 10, Order::Oldest)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 1);
        server.clock.advance(TimeDelta::seconds(61));
    }
    server.read_deliveries().await;
    let (state, error): (String, String) =
        sqlx::query_as("select state, error from delivery_states").fetch_one(pool).await.unwrap();
    assert_eq!((state.as_str(), error.as_str()), ("dead", "its worker never came back"));
    assert_eq!(server.database.count("signals").await, 0);
}

/// The workers of a running service need nobody to drive them.
#[tokio::test]
async fn a_delivery_wakes_the_workers() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let workers = server.start_workers().await;
    Deliveries::to(&server, &format!("/webhooks/github/{tenant}")).send("push", "one", &push(1)).await.with(200);
    tokio::time::timeout(testkit::PATIENCE, async {
        while server.database.count("signals").await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the signal is written");
    server.stop();
    workers.finished().await;
}
