//! What was fetched of a stream, as `GET /connections/{id}/records/{stream}` lists it.

use super::{
    answered,
    arguments::{Arguments, Refused},
    definition, paging,
};
use crate::{
    App,
    http::{
        Caller,
        records::{self, RecordsQuery},
    },
};
use agent::{Outcome, Tool};
use serde_json::json;

pub const NAME: &str = "read_records";

pub fn tool() -> Tool {
    let properties = paging(json!({
        "connection_id": {"type": "string", "description": "As list_connections has it."},
        "stream": {"type": "string", "description": "The stream's name, as list_streams has it."},
        "updated_after": {
            "type": "string",
            "description": "RFC 3339: those that were written here after that. With the updated_at of the last record that was read, \
                            this goes on behind it.",
        },
        "include_deleted": {"type": "boolean", "description": "Whether to name those that are gone; false when absent."},
        "include_data": {
            "type": "boolean",
            "description": "Whether to bring the provider's own JSON beside the shape that all providers share; false when absent.",
        },
    }));
    definition(
        NAME,
        "Read records",
        "Records of a stream, as the provider had them when they were fetched, in the order in which they were written: the last \
         page has the latest changes.",
        (properties, &["connection_id", "stream"]),
    )
}

pub async fn call(app: &App, caller: &Caller, arguments: &Arguments) -> Result<Outcome, Refused> {
    let query = RecordsQuery {
        updated_after: arguments.word("updated_after"),
        include_deleted: arguments.word("include_deleted"),
        // Most of the bytes, and little that the shape has not.
        include_data: arguments.word("include_data").or_else(|| Some("false".to_owned())),
        limit: arguments.rows(),
        cursor: arguments.word("cursor"),
    };
    let id = arguments.connection()?.to_string();
    answered(&records::page(app, caller, (&id, arguments.needed("stream")), &query).await?)
}
