//! Who gets a turn: streams of one account and of one tenant leave room for the others.

use crate::support::Server;
use connectors::workers;
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;
use uuid::Uuid;

/// As many runs as are let in, each with its answer held back.
async fn held(server: &Server, most: usize) -> (JoinSet<Result<(), db::Error>>, i64) {
    for vendor in ["google", "spotify", "zoho"] {
        server.sandbox.fault(vendor, "api", "hold", 20).await;
    }
    let mut runs = JoinSet::new();
    for _ in 0..most {
        let app = Arc::clone(&server.app);
        runs.spawn(async move { workers::sync(&app).await });
    }
    (runs, most.try_into().unwrap())
}

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
    let (mut runs, _) = held(&server, 8).await;
    // Those that are not let in end at once.
    for _ in 0..4 {
        runs.join_next().await.unwrap().unwrap().unwrap();
    }
    assert_eq!(running(&server, tenant).await, 4);
    let most: i64 = sqlx::query_scalar(
        "select max(count) from (select count(*) from streams where claimed_by is not null group by connection_id) runs",
    )
    .fetch_one(&server.database.pool)
    .await
    .unwrap();
    assert_eq!(most, 2);
    server.connected_with(other, "google", "bob", &json!({"scopes": [super::CALENDAR]})).await;
    let app = Arc::clone(&server.app);
    let theirs = tokio::spawn(async move { workers::sync(&app).await });
    while running(&server, other).await == 0 {
        tokio::task::yield_now().await;
    }
    runs.abort_all();
    theirs.abort();
}
