//! What workers do to a connection, as far as it belongs into its story. What repeats itself is told once.

use chrono::{DateTime, Utc};
use db::audit::{self, Entry};
use kernel::{ConnectionId, TenantId};
use serde_json::Value;

/// A turn in the story.
#[derive(Debug, Clone, Copy)]
pub enum Turn {
    HookRegistered,
    HookRemoved,
    /// The first failure after it last went well; so with streams.
    HookFailed,
    /// All that there is has been read once.
    StreamListed,
    StreamFailed,
    StreamRecovered,
}

impl Turn {
    fn word(self) -> &'static str {
        match self {
            Self::HookRegistered => "hook.register",
            Self::HookRemoved => "hook.remove",
            Self::HookFailed => "hook.fail",
            Self::StreamListed => "stream.list",
            Self::StreamFailed => "stream.fail",
            Self::StreamRecovered => "stream.recover",
        }
    }
}

/// A line in the audit log, in the transaction of what it tells.
pub async fn tell(
    executor: impl db::PgExecutor<'_>,
    (tenant, connection): (TenantId, ConnectionId),
    turn: Turn,
    detail: Value,
    at: DateTime<Utc>,
) -> Result<(), db::Error> {
    let target = connection.to_string();
    let entry = Entry { at, actor: "system", action: turn.word(), target: &target, detail };
    audit::append(executor, tenant, entry).await
}
