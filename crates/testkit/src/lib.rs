#![doc = include_str!("../README.md")]

pub mod canary;
mod database;
mod pooler;
mod ports;
mod template;

pub use database::{Database, Dump};
pub use pooler::Pooler;
pub use ports::free_port;

/// How long a test waits for what has to happen. It is only there to turn a hang red: longer than a busy machine stalls, and
/// shorter than a test may live (`.config/nextest.toml`).
pub const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// A program that came with the Postgres of `make test`; of somebody's own server, the machine's.
pub fn postgres_program(name: &str) -> std::path::PathBuf {
    std::env::var_os("POSTGRES_PROGRAMS").map_or_else(|| name.into(), |folder| std::path::Path::new(&folder).join(name))
}

/// The program of it, for tests that start several.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
pub fn redis_server() -> std::path::PathBuf {
    std::env::var("REDIS_SERVER").expect("REDIS_SERVER is not set; run the tests with: make test").into()
}

/// A foreign program of the tests, by its place among them.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
pub fn tool(path: &str) -> std::path::PathBuf {
    let folder = std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test");
    std::path::Path::new(&folder).join(path)
}

/// The Redis that `make test` started.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
pub fn redis_url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL is not set; run the tests with: make test")
}
