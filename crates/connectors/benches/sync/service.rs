//! The service as it is deployed: the release build, in a process of its own.

use crate::{
    process::{PROGRAM, Process, stat},
    vendor::{CLIENT_ID, CLIENT_SECRET, Vendor},
};
use sqlx::PgPool;
use std::{
    mem::ManuallyDrop,
    process::{Command, Stdio},
};
use testkit::Database;

pub const OPERATOR: &str = "operator-token-of-the-benchmark-0123456789";
/// Of a page of memory, on every machine that this runs on.
const PAGE: u64 = 4096;

/// Looking through so many rows for what must not be there, as tests do when they drop theirs, would take longer than the rest; the
/// whole server is thrown away.
pub async fn database() -> ManuallyDrop<Database> {
    ManuallyDrop::new(Database::fresh().await)
}

pub async fn start(database: &Database, vendor: &Vendor) -> Process {
    let origin = vendor.callback_origin.clone();
    let child = Command::new(PROGRAM)
        .arg("serve")
        .env_clear()
        .envs([
            ("ENVIRONMENT", "development"),
            ("PORT", origin.rsplit(':').next().unwrap()),
            ("DATABASE_URL", &database.url),
            ("PUBLIC_URL", &origin),
            ("AUTH_JWKS_URL", "http://127.0.0.1:9/jwks"),
            ("AUTH_ISSUER", &origin),
            ("AUTH_AUDIENCE", &origin),
            ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
            ("OPERATOR_TOKENS", OPERATOR),
            ("RATE_LIMIT_PER_MINUTE", "1000000000"),
            ("GOOGLE_CLIENT_ID", CLIENT_ID),
            ("GOOGLE_CLIENT_SECRET", CLIENT_SECRET),
            ("GOOGLE_BASE_URL", &vendor.google()),
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

/// The newest transaction that has written a record, and how many records there are.
pub async fn written(pool: &PgPool) -> (i64, i64) {
    sqlx::query_as("select max(xmin::text::bigint), count(*) from records").fetch_one(pool).await.unwrap()
}
