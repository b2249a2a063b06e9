//! Where tools are: an MCP server, or this service itself.

use crate::{Outcome, Tool};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

/// How far a call is, as the source says: `total` where it knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub progress: f64,
    pub total: Option<f64>,
    pub message: Option<String>,
}

/// An open source of tools, with one person's rights.
pub trait Source: Send + Sync {
    /// What was found when it was opened, in the source's order.
    fn tools(&self) -> &[Tool];

    /// Calls a tool. Whatever goes wrong is an [`Outcome`] with `is_error`. Dropping the future gives the call up at the source
    /// too. `told` hears of progress.
    fn call<'a>(
        &'a self,
        tool: &'a str,
        arguments: Map<String, Value>,
        told: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Outcome>;

    /// Takes leave, within a bounded time.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}
