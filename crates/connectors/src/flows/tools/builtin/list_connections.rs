//! The person's connections, as `GET /connections` lists them.

use super::{
    answered,
    arguments::{Arguments, Refused},
    definition, paging,
};
use crate::{
    App,
    http::{
        Caller,
        connections::{self, ConnectionsQuery},
    },
};
use agent::{Outcome, Tool};
use serde_json::json;

pub const NAME: &str = "list_connections";

pub fn tool() -> Tool {
    let properties = paging(json!({
        "provider": {"type": "string", "description": "Only of this provider, by its slug."},
        "status": {
            "type": "string", "enum": ["active", "needs_reauth", "degraded", "suspended", "revoked"],
            "description": "Only in this status.",
        },
    }));
    definition(
        NAME,
        "List connections",
        "The person's connected accounts, the newest first: ids, providers, names, and whether they work. The other tools take \
         the ids.",
        (properties, &[]),
    )
}

pub async fn call(app: &App, caller: &Caller, arguments: &Arguments) -> Result<Outcome, Refused> {
    let query = ConnectionsQuery {
        provider: arguments.word("provider"),
        status: arguments.word("status"),
        limit: arguments.rows(),
        cursor: arguments.word("cursor"),
    };
    answered(&connections::page(app, caller, query).await?)
}
