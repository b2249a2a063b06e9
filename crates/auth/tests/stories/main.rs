//! What people would tell of the auth service, over HTTP.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod better_auth;
mod import;
#[path = "../support/service.rs"]
#[expect(dead_code, reason = "the stories need less of a service than the tests of the routes")]
mod service;
