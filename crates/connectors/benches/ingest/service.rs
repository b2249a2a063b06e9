//! The service as it is deployed: the release build, in a process of its own.

use crate::process::{PROGRAM, Process, stat};
use std::{
    mem::ManuallyDrop,
    net::TcpListener,
    process::{Command, Stdio},
};
use testkit::Database;

pub const OPERATOR: &str = "operator-token-of-the-benchmark-0123456789";
pub const LARGE_SECRET: &str = "github-webhook-secret-of-the-benchmark";
pub const SMALL_SECRET: &str = "slack-signing-secret-of-the-benchmark";
/// Of a page of memory, on every machine that this runs on.
const PAGE: u64 = 4096;

/// Looking through so many rows for what must not be there, as tests do when they drop theirs, would take longer than the rest; the
/// whole server is thrown away.
pub async fn database() -> ManuallyDrop<Database> {
    ManuallyDrop::new(Database::fresh().await)
}

/// A tenant of the database.
pub async fn tenant(database: &Database) -> uuid::Uuid {
    let tenant = uuid::Uuid::now_v7();
    let insert = sqlx::query("insert into tenants (id, kind) values ($1, 'organization')");
    insert.bind(tenant).execute(&database.pool).await.unwrap();
    tenant
}

pub async fn start(database: &Database) -> Process {
    // Free a moment ago: nobody else on this machine takes ports as fast.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = format!("http://127.0.0.1:{port}");
    let child = Command::new(PROGRAM)
        .arg("serve")
        .env_clear()
        .envs([
            ("ENVIRONMENT", "development"),
            ("PORT", &port.to_string()),
            ("DATABASE_URL", &database.url),
            ("PUBLIC_URL", &origin),
            ("AUTH_JWKS_URL", "http://127.0.0.1:9/jwks"),
            ("AUTH_ISSUER", &origin),
            ("AUTH_AUDIENCE", &origin),
            ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
            ("OPERATOR_TOKENS", OPERATOR),
            ("RATE_LIMIT_PER_MINUTE", "1000000000"),
            ("GITHUB_CLIENT_ID", "gh-bench"),
            ("GITHUB_CLIENT_SECRET", "github-client-secret-of-the-benchmark"),
            ("GITHUB_WEBHOOK_SECRET", LARGE_SECRET),
            ("SLACK_CLIENT_ID", "sl-bench"),
            ("SLACK_CLIENT_SECRET", "slack-client-secret-of-the-benchmark"),
            ("SLACK_SIGNING_SECRET", SMALL_SECRET),
            ("RUST_LOG", "warn"),
            ("REDIS_URL", &testkit::redis_url()),
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Process::of(child, origin).ready().await
}

/// What it holds of the machine's memory, in megabytes.
pub fn memory(process: &Process) -> f64 {
    let pages: u64 = stat(process.id()).unwrap()[21].parse().unwrap();
    f64::from(u32::try_from(pages * PAGE / 1024).unwrap()) / 1000.0
}
