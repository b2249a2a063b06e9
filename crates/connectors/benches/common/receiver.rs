//! The service, as a receiver of webhooks.

use crate::{process::Process, start};
use testkit::Database;
use uuid::Uuid;

pub const LARGE_SECRET: &str = "github-webhook-secret-of-the-benchmark";
pub const SMALL_SECRET: &str = "slack-signing-secret-of-the-benchmark";

/// A tenant of the database.
pub async fn tenant(database: &Database) -> Uuid {
    let tenant = Uuid::now_v7();
    let insert = sqlx::query("insert into tenants (id, kind) values ($1, 'organization')");
    insert.bind(tenant).execute(&database.pool).await.unwrap();
    tenant
}

/// What makes the service one.
pub const SETTINGS: [(&str, &str); 6] = [
    ("GITHUB_CLIENT_ID", "gh-bench"),
    ("GITHUB_CLIENT_SECRET", "github-client-secret-of-the-benchmark"),
    ("GITHUB_WEBHOOK_SECRET", LARGE_SECRET),
    ("SLACK_CLIENT_ID", "sl-bench"),
    ("SLACK_CLIENT_SECRET", "slack-client-secret-of-the-benchmark"),
    ("SLACK_SIGNING_SECRET", SMALL_SECRET),
];

pub async fn service(database: &Database) -> Process {
    start::start(database, start::free_origin(), &SETTINGS).await
}
