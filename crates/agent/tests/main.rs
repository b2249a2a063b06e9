//! The room against the sandbox, over HTTP.

mod mcp;
mod model;
