//! What is fetched of a connection, as `GET /connections/{id}/streams` lists it.

use super::{
    answered,
    arguments::{Arguments, Refused},
    definition,
};
use crate::{
    App,
    http::{Caller, streams},
};
use agent::{Outcome, Tool};
use serde_json::json;

pub const NAME: &str = "list_streams";

pub fn tool() -> Tool {
    let properties = json!({
        "connection_id": {"type": "string", "description": "As list_connections has it."},
    });
    definition(
        NAME,
        "List streams",
        "The streams of a connection: which kinds of things are fetched from the provider and kept here, how many records there \
         are, and how fresh they are. read_records takes their names.",
        (properties, &["connection_id"]),
    )
}

pub async fn call(app: &App, caller: &Caller, arguments: &Arguments) -> Result<Outcome, Refused> {
    answered(&streams::all(app, caller, &arguments.connection()?.to_string()).await?)
}
