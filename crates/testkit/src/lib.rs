#![doc = include_str!("../README.md")]

pub mod canary;
mod database;

pub use database::Database;

/// The program of it, for tests that start several.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
pub fn redis_server() -> std::path::PathBuf {
    std::env::var("REDIS_SERVER").expect("REDIS_SERVER is not set; run the tests with: make test").into()
}

/// The Redis that `make test` started.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
pub fn redis_url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL is not set; run the tests with: make test")
}
