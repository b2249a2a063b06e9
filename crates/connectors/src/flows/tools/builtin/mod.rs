//! The tools of this service itself. They see what the person sees over REST, and answer as it does.

mod arguments;
mod call_vendor_api;
mod list_connections;
mod list_streams;
mod query_signals;
mod read_records;

use crate::{App, http::Caller};
use agent::{Content, Outcome, Progress, Source, Tool};
use arguments::{Arguments, Refused};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Rows that a call brings at most: a model reads all of them.
const MOST_ROWS: u64 = 50;
/// Where it does not say how many.
const USUAL_ROWS: u64 = 20;

/// Everything that one person can be offered here.
pub struct BuiltIn {
    app: Arc<App>,
    caller: Caller,
    tools: Vec<Tool>,
}

impl BuiltIn {
    pub fn new(app: &Arc<App>, caller: Caller) -> Self {
        let tools = vec![
            list_connections::tool(),
            list_streams::tool(),
            read_records::tool(),
            query_signals::tool(),
            call_vendor_api::tool(),
        ];
        Self { app: Arc::clone(app), caller, tools }
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>) -> Result<Outcome, Refused> {
        let (app, caller) = (&self.app, &self.caller);
        let definition = self.tools.iter().find(|one| one.name == tool);
        let definition = definition.ok_or_else(|| Refused("There is no such tool.".to_owned()))?;
        let arguments = Arguments::of(definition, arguments)?;
        match tool {
            list_connections::NAME => list_connections::call(app, caller, &arguments).await,
            list_streams::NAME => list_streams::call(app, caller, &arguments).await,
            read_records::NAME => read_records::call(app, caller, &arguments).await,
            query_signals::NAME => query_signals::call(app, caller, &arguments).await,
            call_vendor_api::NAME => call_vendor_api::call(app, caller, &arguments).await,
            _ => Err(Refused("There is no such tool.".to_owned())),
        }
    }
}

impl Source for BuiltIn {
    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    fn call<'a>(
        &'a self,
        tool: &'a str,
        arguments: Map<String, Value>,
        _: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { self.call(tool, arguments).await.unwrap_or_else(|Refused(why)| Outcome::failed(why)) })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// The definition of a tool: its properties, and which of them are needed. Nothing else may be said.
fn definition(name: &str, title: &str, description: &str, (properties, needed): (Value, &[&str])) -> Tool {
    let schema = json!({
        "type": "object", "properties": properties, "required": needed, "additionalProperties": false,
    });
    Tool {
        name: name.to_owned(),
        title: Some(title.to_owned()),
        description: description.to_owned(),
        input_schema: schema.as_object().cloned().unwrap_or_default(),
        output_schema: None,
        says_read_only: true,
    }
}

/// How many rows, and which page: of every tool that lists.
fn paging(mut properties: Value) -> Value {
    properties["limit"] = json!({
        "type": "integer", "minimum": 1, "maximum": MOST_ROWS,
        "description": format!("How many; {USUAL_ROWS} when absent."),
    });
    properties["cursor"] = json!({
        "type": "string", "description": "The next_cursor of the page before, with the same other arguments.",
    });
    properties
}

/// An answer of REST's, structured and as text.
fn answered(answer: &impl Serialize) -> Result<Outcome, Refused> {
    outcome(serde_json::to_value(answer))
}

/// The same of one that has been written as JSON.
fn passed_on(answer: &[u8]) -> Result<Outcome, Refused> {
    outcome(serde_json::from_slice(answer))
}

fn outcome(answer: serde_json::Result<Value>) -> Result<Outcome, Refused> {
    let value = answer.map_err(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        Refused("Something went wrong on our side. Try again.".to_owned())
    })?;
    Ok(Outcome { is_error: false, content: vec![Content::Text(value.to_string())], structured: Some(value) })
}
