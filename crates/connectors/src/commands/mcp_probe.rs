//! `connectors mcp-probe URL`: opens an MCP server as the agent would, and says what is there. MCP's conformance suite drives the
//! agent's client through it.

use agent::{
    Content, Outcome, Source,
    mcp::{
        McpBounds, McpError, McpServer, Session,
        oauth::{Access, Authorizer, Browser, Known, Reach},
    },
};
use anyhow::Context;
use clap::Args;
use futures_util::future::BoxFuture;
use kernel::{Clock, Secret};
use outbound::HostPolicy;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// Where a browser would be sent back to. Nobody listens there: the redirect is read, not followed.
const REDIRECT: &str = "http://127.0.0.1:33418/callback";
/// Our client-ID metadata document, as the conformance suite wants it to be called.
const CONFORMANCE_DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";
/// Of a result, on the screen.
const SHOWN: usize = 500;

#[derive(Args)]
pub struct McpProbe {
    /// The server's address; may be on this machine
    url: Url,
    /// Call every tool with made-up arguments: for servers of tests only
    #[arg(long)]
    call_all: bool,
    /// The scenario of MCP's conformance suite; every tool is called
    #[arg(long, env = "MCP_CONFORMANCE_SCENARIO", hide = true)]
    scenario: Option<String>,
    /// What the scenario gives its client, as JSON
    #[arg(long, env = "MCP_CONFORMANCE_CONTEXT", hide = true, hide_env_values = true)]
    context: Option<String>,
}

/// What we read of a scenario's context: the client that was registered by hand.
#[derive(Deserialize)]
struct Registered {
    client_id: Option<String>,
    client_secret: Option<Secret>,
}

/// Follows the consent page as far as it redirects at once: there is nobody who could sign in.
struct Headless<'a> {
    ours: &'a Authorizer<'a>,
}

impl Browser for Headless<'_> {
    fn visit<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Option<Secret>> {
        Box::pin(async move {
            let back = self.ours.redirect_of(url).await.ok().flatten()?;
            let is_ours = back.as_str().starts_with(self.ours.redirect_uri.as_str());
            is_ours.then(|| Secret::from(back.query().unwrap_or_default()))
        })
    }
}

/// Does it, and says on stdout what was found.
pub async fn run(asked: McpProbe, client: &outbound::Client, clock: &Clock) -> anyhow::Result<()> {
    let (redirect_uri, document) = (REDIRECT.parse()?, CONFORMANCE_DOCUMENT.parse()?);
    let known = asked.context.as_deref().map(registered).transpose()?.flatten();
    let ours = || Authorizer {
        client,
        server: &asked.url,
        reach: Reach::OwnHost,
        known: known.clone(),
        document: asked.scenario.is_some().then_some(&document),
        redirect_uri: &redirect_uri,
        name: "Connectors",
        clock,
    };
    let asking = ours();
    let browser = Headless { ours: &asking };
    let mut access = Access::new(ours(), &browser);
    loop {
        let server = McpServer {
            client,
            // Typed by the operator: it may be private.
            hosts: HostPolicy::allow_inner([asked.url.as_str()])?,
            url: asked.url.clone(),
            bearer: access.bearer(),
            bounds: McpBounds::default(),
        };
        match probe(&server, asked.call_all || asked.scenario.is_some()).await {
            Ok(()) => return Ok(()),
            Err(refused) => access.obtain(refused).await.context("the server cannot be used")?,
        }
    }
}

fn registered(context: &str) -> anyhow::Result<Option<Known>> {
    let read: Registered = serde_json::from_str(context).map_err(|_| anyhow::anyhow!("the context is not JSON"))?;
    Ok(read.client_id.map(|client_id| Known { client_id, client_secret: read.client_secret }))
}

async fn probe(server: &McpServer<'_>, calls: bool) -> Result<(), McpError> {
    let session = Session::open(server).await?;
    let probed = show(&session, calls).await;
    session.leave().await;
    probed
}

async fn show(session: &Session, calls: bool) -> Result<(), McpError> {
    println!("protocol {}", session.version().unwrap_or_default());
    for tool in session.tools() {
        println!("tool {:?}: {:?}", tool.name, tool.description);
        if calls {
            let arguments = made_up(&tool.input_schema);
            let told = |progress: agent::Progress| println!("  {} of {:?}", progress.progress, progress.total);
            let outcome = session.try_call(&tool.name, arguments, &told).await?;
            println!("  {}", shown(&outcome));
        }
    }
    Ok(())
}

/// With control characters escaped: they are a stranger's words, on a terminal.
fn shown(outcome: &Outcome) -> String {
    let text = outcome.content.iter().map(|content| match content {
        Content::Text(text) => text.chars().take(SHOWN).collect(),
        Content::Image { media_type, .. } => media_type.clone(),
    });
    format!("{} {:?}", if outcome.is_error { "error" } else { "ok" }, text.collect::<Vec<String>>())
}

/// What a schema demands, as simple as it can be.
fn made_up(schema: &Map<String, Value>) -> Map<String, Value> {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let property = |name: &str| schema.get("properties").and_then(|all| all.get(name));
    required.map(|name| (name.to_owned(), property(name).map_or(Value::Null, value))).collect()
}

fn value(schema: &Value) -> Value {
    let first = schema.get("enum").and_then(|all| all.get(0));
    if let Some(given) = schema.get("default").or(first).or_else(|| schema.get("minimum")) {
        return given.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "probe".into(),
        Some("integer" | "number") => 1.into(),
        Some("boolean") => true.into(),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => schema.as_object().map(made_up).unwrap_or_default().into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Only what is required, and what the schema itself names before anything else.
    #[test]
    fn arguments_are_made_of_what_is_required() {
        let schema = json!({"type": "object", "required": ["a", "b", "c", "d"], "properties": {
            "a": {"type": "number"}, "b": {"enum": ["x", "y"]}, "c": {"type": "integer", "minimum": 3},
            "d": {"type": "object", "required": ["e"], "properties": {"e": {"type": "string"}}}, "f": {"type": "string"}}});
        let made = made_up(schema.as_object().unwrap());
        assert_eq!(Value::Object(made), json!({"a": 1, "b": "x", "c": 3, "d": {"e": "probe"}}));
    }
}
