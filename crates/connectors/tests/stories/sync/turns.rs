//! Who gets a turn: streams of one account and of one tenant leave room for the others.

use super::CALENDAR;
use crate::support::Server;
use chrono::{DateTime, TimeDelta, Utc};
use connectors::workers;
use db::streams::{self, Fairness, Turn};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Of how many streams a run is under way.
async fn running(server: &Server, tenant: Uuid) -> i64 {
    sqlx::query_scalar("select count(*) from streams where tenant_id = $1 and claimed_by is not null")
        .bind(tenant)
        .fetch_one(&server.database.pool)
        .await
        .unwrap()
}

/// Two at a time of one account and four of one tenant; another tenant is served beside them.
#[tokio::test]
async fn many_streams_of_one_leave_room_for_others() {
    let server = Server::start().await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    for provider in ["google", "zoho", "spotify"] {
        server.connected(tenant, provider, "ann").await;
    }
    server.connected(other, "google", "bob").await;
    for vendor in ["google", "spotify", "zoho"] {
        server.sandbox.fault(vendor, "api", "hold", 20).await;
    }
    let mut runs = JoinSet::new();
    for _ in 0..9 {
        let app = Arc::clone(&server.app);
        runs.spawn(async move { workers::sync(&app).await });
    }
    // Those that find no room end at once.
    for _ in 0..3 {
        runs.join_next().await.unwrap().unwrap().unwrap();
    }
    assert_eq!((running(&server, tenant).await, running(&server, other).await), (4, 2));
    let most: i64 = sqlx::query_scalar(
        "select max(count) from (select count(*) from streams where claimed_by is not null group by connection_id) runs",
    )
    .fetch_one(&server.database.pool)
    .await
    .unwrap();
    assert_eq!(most, 2);
    runs.abort_all();
}

/// Whoever has very much to fetch lets others go first after some pages, and goes on where it was.
#[tokio::test]
async fn a_long_stream_lets_others_go_first() {
    let server = Server::start().await;
    server.sandbox.change("spotify", "ann", json!({"kind": "track", "op": "create", "count": 2501})).await;
    let tenant = server.tenant().await;
    let wish = json!({"scopes": ["user-read-private", "user-library-read"]});
    let long = server.connected_with(tenant, "spotify", "ann", &wish).await;
    let short = server.connected_with(tenant, "google", "ann", &json!({"scopes": [CALENDAR]})).await;
    server.sync().await;
    assert_eq!(server.database.count("records").await, 2501);
    let finished = async |connection: &Value, stream: &str| -> DateTime<Utc> {
        server.stream(tenant, connection, stream).await["finished_at"].as_str().unwrap().parse().unwrap()
    };
    assert!(finished(&short, "calendar_events").await < finished(&long, "saved_tracks").await);
    assert_eq!(server.told(tenant).await, []);
}

/// A process that ends in an orderly way leaves its runs to whoever comes next.
#[tokio::test]
async fn a_shutdown_lets_go_of_what_runs() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    let tenant = server.tenant().await;
    server.connected_with(tenant, "google", "ann", &json!({"scopes": [CALENDAR]})).await;
    // Nobody else is to ask the vendor: the one answer that is held is the stream's.
    server.database.execute("delete from hook_upkeep").await;
    server.sandbox.fault("google", "api", "hold", 1).await;
    let workers = server.start_workers().await;
    server.sandbox.held("google").await;
    assert_eq!(running(&server, tenant).await, 1);
    server.stop();
    workers.finished().await;
    assert_eq!(running(&server, tenant).await, 0);
    server.sync().await;
    assert_eq!(server.database.count("records").await, 1);
}

/// A tenant with more streams that are due than are looked at does not go before the others: they take turns.
#[tokio::test]
async fn thousands_that_are_due_let_others_have_their_turn() {
    let server = Server::start().await;
    let (many, few) = (server.tenant().await, server.tenant().await);
    for (tenant, count, due) in [(many, 1200, "1 hour"), (few, 3, "1 minute")] {
        sqlx::query(
            "with made as (
               insert into connections
                 (tenant_id, id, provider, kind, account_id, display_name, status, status_detail, created_at, updated_at)
               select $1, gen_random_uuid(), 'google', 'account', n::text, n::text, 'active', '{\"status\": \"active\"}', $3, $3
               from generate_series(1, $2) n
               returning id)
             insert into streams (tenant_id, connection_id, name, phase, due_at)
             select $1, id, 'calendar_events', 'listing', $3 - $4::interval from made",
        )
        .bind(tenant)
        .bind(count)
        .bind(server.clock.now())
        .bind(due)
        .execute(&server.database.pool)
        .await
        .unwrap();
    }
    let fairness = Fairness { of_a_connection: 2, of_a_tenant: 1000 };
    let (mut after, mut turns) = (Uuid::nil(), Vec::new());
    for _ in 0..6 {
        let (now, run) = (server.clock.now(), Uuid::now_v7());
        let until = now + TimeDelta::minutes(5);
        let claimed = streams::claim(&server.database.pool, run, Turn { after }, now, until, fairness).await.unwrap();
        after = claimed.unwrap().claim.tenant.as_uuid();
        turns.push(after);
    }
    assert_eq!(turns.iter().filter(|tenant| **tenant == few).count(), 3, "{turns:?}");
    assert!(turns.windows(2).all(|two| two[0] != two[1]), "{turns:?}");
}
