//! Vendors that fail, refuse, and ask for a pause.

use super::{CALENDAR, google, pairs, push};
use crate::support::Server;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

fn due_in(server: &Server, stream: &Value) -> i64 {
    let due: DateTime<Utc> = stream["due_at"].as_str().unwrap().parse().unwrap();
    (due - server.clock.now()).num_seconds()
}

/// A pause that the vendor asks for is kept, whatever is pushed and whoever asks; then everything is fetched.
#[tokio::test]
async fn a_pause_is_kept() {
    let server = Server::start().await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    let new = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    let fault = json!({"on": "api", "kind": "status_429", "retry_after_seconds": 600});
    server.sandbox.control("google/faults", fault).await;
    server.sync_now(tenant, &connection).await;
    let stream = server.stream(tenant, &connection, "calendar_events").await;
    // Not all who wait come at the same moment.
    assert!((595..=610).contains(&due_in(&server, &stream)), "{stream}");
    assert_eq!((&stream["attempts"], &stream["error"]["code"]), (&json!(0), &json!("rate_limited")));
    assert_eq!(stream["error"]["until"], stream["due_at"]);
    push(&server, tenant, &connection, "calendar_events", &[]).await;
    server.sync().await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await, []);
    server.advance(TimeDelta::seconds(590)).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    server.advance(TimeDelta::seconds(21)).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, pairs("event_created", &new));
}

/// A vendor that fails is tried again, later each time; one page that comes ends the row of failures.
#[tokio::test]
async fn failures_are_tried_again_later_each_time() {
    let server = Server::start().await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sandbox.fault("google", "api", "status_500", 9).await;
    for (attempt, seconds) in [(1, 30), (2, 60), (3, 120), (4, 240)] {
        server.sync().await;
        let stream = server.stream(tenant, &connection, "calendar_events").await;
        assert_eq!((&stream["attempts"], &stream["error"]["code"]), (&json!(attempt), &json!("network")), "{stream}");
        let tenth = seconds / 10;
        assert!((seconds - tenth - 1..=seconds + tenth).contains(&due_in(&server, &stream)), "{attempt}: {stream}");
        server.advance(TimeDelta::seconds(seconds + tenth + 1)).await;
    }
    server.sandbox.delete_control("google/faults").await;
    server.sync().await;
    let stream = server.stream(tenant, &connection, "calendar_events").await;
    assert_eq!((&stream["attempts"], &stream["error"]), (&json!(0), &json!(null)));
    assert!((809..=991).contains(&due_in(&server, &stream)), "{stream}");
}
