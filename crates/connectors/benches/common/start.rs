//! The service as it is deployed: the release build, in a process of its own, on a database of its own.

use crate::{process::Process, report::PROGRAM};
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use testkit::{Database, free_port};

pub const OPERATOR: &str = "operator-token-of-the-benchmark-0123456789";
const READY_WITHIN: Duration = Duration::from_secs(20);

pub fn free_origin() -> String {
    format!("http://127.0.0.1:{}", free_port())
}

/// Serves there, with settings of the benchmark's own beside those that each has.
pub async fn start(database: &Database, origin: String, more: &[(&str, &str)]) -> Process {
    let child = Command::new(PROGRAM)
        .arg("serve")
        .env_clear()
        .envs([
            ("ENVIRONMENT", "development"),
            ("PORT", origin.rsplit(':').next().unwrap()),
            ("DATABASE_URL", &database.url),
            ("REDIS_URL", &testkit::redis_url()),
            ("PUBLIC_URL", &origin),
            ("AUTH_JWKS_URL", "http://127.0.0.1:9/jwks"),
            ("AUTH_ISSUER", &origin),
            ("AUTH_AUDIENCE", &origin),
            ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
            ("OPERATOR_TOKENS", OPERATOR),
            ("RATE_LIMIT_PER_MINUTE", "1000000000"),
            ("RUST_LOG", "warn"),
        ])
        .envs(more.iter().copied())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let process = Process::of(child, origin);
    let (patience, ready) = (Instant::now() + READY_WITHIN, format!("{}/health/ready", process.origin));
    while !reqwest::get(&ready).await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(Instant::now() < patience, "the service is not ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    process
}
