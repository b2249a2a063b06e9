//! MCP servers, as a client (streamable HTTP, the eras of 2024-11-05 to 2025-11-25 and of 2026-07-28).
//!
//! The protocol's state machine is `rmcp`'s: the handshakes, sessions, streams that are taken up again, headers of the modern era.
//! What is ours is what a stranger's server could hurt with: the HTTP ([`outbound`]), every bound, the reading of results, what
//! an error may say. What `rmcp` writes to the log are the server's own words, which is why `edge` silences it.

mod call;
mod challenge;
mod content;
mod error;
mod list;
pub mod oauth;
mod session;
mod wire;

pub use challenge::Challenge;
pub use error::McpError;
pub use session::Session;

use kernel::Secret;
use outbound::HostPolicy;
use std::time::Duration;
use url::Url;

/// How long and how large things may be.
#[derive(Debug, Clone, Copy)]
pub struct McpBounds {
    /// From the first request until all tools are known.
    pub opening: Duration,
    /// Silence, before an answer begins and between two pieces of it.
    pub idle: Duration,
    /// A call, whatever its pace.
    pub total: Duration,
    /// One answer, with everything that comes before it on its stream.
    pub bytes: usize,
}

impl Default for McpBounds {
    /// The official clients wait 60 seconds for an answer; a call that goes on telling of itself gets five minutes. Four MiB hold
    /// a picture or a million words, more than a model can take.
    fn default() -> Self {
        Self {
            opening: Duration::from_secs(30),
            idle: Duration::from_mins(1),
            total: Duration::from_mins(5),
            bytes: 4 * 1024 * 1024,
        }
    }
}

/// One server, with one person's rights.
pub struct McpServer<'a> {
    pub client: &'a outbound::Client,
    /// Where the token may be sent: the server's own host.
    pub hosts: HostPolicy,
    pub url: Url,
    /// The access token, without the word before it.
    pub bearer: Option<Secret>,
    pub bounds: McpBounds,
}
