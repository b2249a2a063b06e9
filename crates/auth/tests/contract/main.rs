//! Better Auth's contract: a recording of its answers replayed against ours, and its unmodified client at work; and the
//! unmodified clients of MCP.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod client;
mod github;
mod mcp;
mod page;
mod recording;
mod replay;
#[path = "../support/world.rs"]
#[expect(dead_code, reason = "the browser in it does more for the stories")]
mod world;
