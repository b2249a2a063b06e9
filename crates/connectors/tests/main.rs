//! `api` asks each door what it refuses and answers; `stories` tells what users would tell. Real Postgres, the vendors
//! played by the sandbox over real HTTP, real signatures; no fake stands in the place of our own code.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod api;
mod stories;
mod support;
