//! What a vendor's folder says of its server and of each tool.

use crate::{account::Vendor, app::App, ledger::Grant};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// By whom, which tool, and with what.
type Call = fn(&App, &Grant, &str, &Map<String, Value>) -> Result<Value, String>;

pub(crate) struct Server {
    pub(crate) vendor: Vendor,
    pub(crate) name: &'static str,
    pub(crate) tools: fn() -> Vec<Tool>,
    /// What the tool finds or does; or a sentence for the model about why it does not.
    pub(crate) call: Call,
}

/// What a tool does to what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Reads,
    Adds,
    Overwrites,
}

pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    /// The properties of the input, and which of them have to be there.
    pub(crate) input: Value,
    pub(crate) required: &'static [&'static str],
    /// With it the answer comes structured too.
    pub(crate) output: Option<Value>,
    pub(crate) effect: Effect,
    /// One of them is needed; none are where a vendor's tokens have no scopes.
    pub(crate) scopes: &'static [&'static str],
}

impl Tool {
    pub(crate) fn definition(&self) -> Value {
        let reads = self.effect == Effect::Reads;
        let mut definition = json!({
            "name": self.name, "title": self.title, "description": self.description,
            "inputSchema": {
                "type": "object", "properties": self.input, "required": self.required, "additionalProperties": false,
            },
            "annotations": {
                "title": self.title, "readOnlyHint": reads, "destructiveHint": self.effect == Effect::Overwrites,
                "idempotentHint": self.effect != Effect::Adds, "openWorldHint": true,
            },
        });
        if let Some(output) = &self.output {
            definition["outputSchema"] = output.clone();
        }
        definition
    }

    /// GitHub's Apps ask for no scopes, and their tokens are good for what the person may do.
    pub(crate) fn is_open_to(&self, vendor: Vendor, grant: &Grant) -> bool {
        let is_unscoped = vendor == Vendor::Github && grant.scopes.is_empty();
        self.scopes.is_empty() || is_unscoped || self.scopes.iter().any(|scope| grant.has(scope))
    }
}

impl Server {
    pub(super) fn scopes(&self) -> Vec<&'static str> {
        let all: BTreeSet<&str> = (self.tools)().iter().flat_map(|tool| tool.scopes.iter().copied()).collect();
        all.into_iter().collect()
    }
}

/// The schema of an object with one list in it.
pub(crate) fn list_of(name: &str) -> Value {
    json!({
        "type": "object", "properties": {name: {"type": "array", "items": {"type": "object"}}}, "required": [name],
    })
}

/// An argument that is a text; absent, nothing.
pub(crate) fn word<'a>(arguments: &'a Map<String, Value>, name: &str) -> &'a str {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// How many are wanted.
pub(crate) fn limit(arguments: &Map<String, Value>) -> usize {
    arguments.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(50)
}
