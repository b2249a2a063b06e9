//! What happened, as `GET /signals` tells it.

use super::{
    arguments::{Arguments, Refused},
    definition, paging, passed_on,
};
use crate::{
    App,
    http::{
        Caller,
        signals::{self, SignalsQuery},
    },
};
use agent::{Outcome, Tool};
use serde_json::json;

pub const NAME: &str = "query_signals";

pub fn tool() -> Tool {
    let properties = paging(json!({
        "provider": {"type": "string", "description": "Only of this provider, by its slug."},
        "connection_id": {"type": "string", "description": "Only of this connection, as list_connections has it."},
        "kind": {"type": "string", "description": "Only of this kind, for example issue_created or message_posted."},
        "occurred_after": {"type": "string", "description": "RFC 3339, inclusive."},
        "occurred_before": {"type": "string", "description": "RFC 3339, exclusive."},
        "include_payload": {
            "type": "boolean", "description": "Whether to bring the provider's own JSON; false when absent.",
        },
    }));
    definition(
        NAME,
        "Query signals",
        "What happened in the person's connected accounts, the newest first: kind, subject, actor, place and time.",
        (properties, &[]),
    )
}

pub async fn call(app: &App, caller: &Caller, arguments: &Arguments) -> Result<Outcome, Refused> {
    let query = SignalsQuery {
        provider: arguments.word("provider"),
        connection_id: arguments.word("connection_id"),
        kind: arguments.word("kind"),
        occurred_after: arguments.word("occurred_after"),
        occurred_before: arguments.word("occurred_before"),
        limit: arguments.rows(),
        cursor: arguments.word("cursor"),
        include_payload: arguments.word("include_payload"),
    };
    passed_on(&signals::page(app, caller, &query).await?)
}
