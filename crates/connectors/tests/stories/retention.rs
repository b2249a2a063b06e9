//! What is old goes, by the day and by the month, and nothing else does.

use crate::support::{Deliveries, Server};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use connectors::workers;
use serde_json::{Value, json};

fn push(number: usize, at: DateTime<Utc>) -> Value {
    let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "ref": "refs/heads/main", "after": format!("{number:040}"), "before": "0".repeat(40),
        "repository": {"id": 1, "full_name": "a/b"}, "head_commit": {"timestamp": at}, "commits": [],
    })
}

async fn partitions(server: &Server, parent: &str) -> Vec<String> {
    sqlx::query_scalar("select inhrelid::regclass::text from pg_inherits where inhparent = to_regclass($1) order by 1")
        .bind(parent)
        .fetch_all(&server.database.pool)
        .await
        .unwrap()
}

/// A delivery lies in its day's partition. After thirty days the day is dropped with all that belonged to it, and the same
/// delivery would be a new one.
#[tokio::test]
async fn deliveries_go_with_their_day() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    workers::keep(&server.app).await.unwrap();
    let today = format!("deliveries_{}", server.clock.now().format("%Y%m%d"));
    github.send("push", "one", &push(1, server.clock.now())).await.with(200);
    github.send("issues", "dead", &json!({"action": "opened"})).await.with(200);
    server.read_deliveries().await;
    assert_eq!((server.database.count(&today).await, server.database.count("deliveries_default").await), (2, 0));
    server.clock.advance(TimeDelta::days(30));
    workers::keep(&server.app).await.unwrap();
    assert!(partitions(&server, "deliveries").await.contains(&today), "thirty days are kept whole");
    github.send("push", "one", &push(1, server.clock.now())).await.with(200);
    assert_eq!(server.database.count("deliveries").await, 2, "a repetition is still one");
    server.clock.advance(TimeDelta::days(1));
    workers::keep(&server.app).await.unwrap();
    assert!(!partitions(&server, "deliveries").await.contains(&today));
    for table in ["deliveries", "delivery_keys", "delivery_queue"] {
        assert_eq!(server.database.count(table).await, 0, "{table}");
    }
    assert_eq!(server.database.count("signals").await, 1, "what was read out of it stays");
    github.send("push", "one", &push(1, server.clock.now())).await.with(200);
    assert_eq!(server.database.count("deliveries").await, 1);
}

/// A delivery that comes before its partition is taken all the same, and lies in its place as soon as there is one.
#[tokio::test]
async fn a_missing_partition_loses_nothing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    server.clock.advance(TimeDelta::days(100));
    github.send("push", "one", &push(1, server.clock.now())).await.with(200);
    assert_eq!(server.database.count("deliveries_default").await, 1);
    workers::keep(&server.app).await.unwrap();
    let today = format!("deliveries_{}", server.clock.now().format("%Y%m%d"));
    assert_eq!((server.database.count(&today).await, server.database.count("deliveries_default").await), (1, 0));
    server.read_deliveries().await;
    let signals = server.operator(tenant).get("/signals").await.with(200);
    assert_eq!(signals["signals"].as_array().unwrap().len(), 1, "its month was made on the way");
}

/// Signals are kept for their days after they arrived, whatever the time they tell of.
#[tokio::test]
async fn signals_go_with_their_month() {
    let server = Server::with(&[("SIGNALS_RETENTION_DAYS", "60")]).await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let begin = server.clock.now();
    let long_ago: DateTime<Utc> = "2019-05-15T15:20:41Z".parse().unwrap();
    github.send("push", "now", &push(1, begin)).await.with(200);
    github.send("push", "old", &push(2, long_ago)).await.with(200);
    server.read_deliveries().await;
    let count = async || server.operator(tenant).get("/signals").await.with(200)["signals"].as_array().unwrap().len();
    server.clock.advance(TimeDelta::days(59));
    workers::keep(&server.app).await.unwrap();
    assert_eq!(count().await, 2);
    // The same month is told of again, by a vendor who is late.
    github.send("push", "late", &push(3, begin)).await.with(200);
    server.read_deliveries().await;
    server.clock.advance(TimeDelta::days(40));
    workers::keep(&server.app).await.unwrap();
    assert_eq!(count().await, 2, "what happened in 2019 has gone; the month holds what came lately");
    let month = format!("signals_{}", begin.format("%Y%m"));
    assert!(partitions(&server, "signals").await.contains(&month));
    server.clock.advance(TimeDelta::days(60));
    workers::keep(&server.app).await.unwrap();
    assert_eq!(count().await, 0);
    assert!(!partitions(&server, "signals").await.contains(&month));
    // A month that was dropped is made anew for whoever still tells of it.
    github.send("push", "very late", &push(4, begin)).await.with(200);
    server.read_deliveries().await;
    assert_eq!(count().await, 1);
}

/// A vendor's clock that runs years ahead does not put its event above all others for good.
#[tokio::test]
async fn a_time_that_has_not_come_is_not_believed() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let now = server.clock.now();
    github.send("push", "one", &push(1, now + TimeDelta::days(3650))).await.with(200);
    server.read_deliveries().await;
    let page = server.operator(tenant).get("/signals").await.with(200);
    let signal = &page["signals"][0];
    assert_eq!(signal["occurred_at"], signal["received_at"]);
}
