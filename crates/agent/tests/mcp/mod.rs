//! The client of MCP against servers that are real, hostile, or wrong: the sandbox's, npm's, and authorization servers that lie.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod eras;
mod everything;
mod hostile;
mod oauth;
mod refusals;
mod support;
