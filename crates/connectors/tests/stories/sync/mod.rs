//! What vendors keep is fetched, and what has changed in it is told.

mod asked;
mod atlassian;
mod budgets;
mod cursors;
mod github;
mod google;
mod kills;
mod life;
mod linear;
mod matrix;
mod records;
mod slack;
mod troubles;
mod turns;
mod zoho;

use crate::support::Server;
use db::streams::{self, Stale};
use kernel::{ConnectionId, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar.readonly";
const GMAIL: &str = "https://www.googleapis.com/auth/gmail.readonly";

/// A tenant with Ann's Google account, as far as one scope reaches.
async fn google(server: &Server, scope: &str) -> (Uuid, Value) {
    let tenant = server.tenant().await;
    let connection = server.connected_with(tenant, "google", "ann", &json!({ "scopes": [scope] })).await;
    (tenant, connection)
}

fn pairs(kind: &str, ids: &[String]) -> Vec<(String, String)> {
    ids.iter().map(|id| (kind.to_owned(), id.clone())).collect()
}

/// What a push leaves behind when it has been read.
async fn push(server: &Server, tenant: Uuid, connection: &Value, stream: &str, ids: &[String]) {
    let connection = ConnectionId::from_uuid(connection["id"].as_str().unwrap().parse().unwrap());
    let stale = [Stale { tenant: TenantId::from_uuid(tenant), connection, stream, ids }];
    streams::mark_stale(&server.database.pool, &stale, server.clock.now()).await.unwrap();
}

/// The records as they lie there: ids, whether they are gone, and the transaction that wrote them last.
async fn records(server: &Server) -> Vec<(String, bool, String)> {
    sqlx::query_as("select external_id, deleted_at is not null, xmin::text from records order by external_id")
        .fetch_all(&server.database.pool)
        .await
        .unwrap()
}
