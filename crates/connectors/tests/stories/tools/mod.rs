//! What people's agents could use: found at this service and at the vendors' MCP servers, allowed by each person.

mod allow;
mod builtin;
mod discovery;
mod vendor_api;

use crate::support::{Client, Server};
use agent::{Content, Outcome, Toolbox};
use connectors::tools;
use kernel::UserId;
use serde_json::{Value, json};

/// A person, and their client.
fn somebody(server: &Server) -> (UserId, Client) {
    let user = UserId::generate();
    (user, server.member(user))
}

/// A person's new connection, as it is listed.
async fn connected(server: &Server, member: &Client, provider: &str, account: &str) -> Value {
    server.connect_as(member, provider, account).await;
    let page = member.get(&format!("/connections?provider={provider}")).await.with(200);
    page["connections"][0].clone()
}

async fn found(member: &Client) -> Value {
    member.get("/agent/tools").await.with(200)
}

/// A source among those that were found.
fn source(found: &Value, id: &Value) -> Value {
    let sources = found["sources"].as_array().unwrap();
    sources.iter().find(|source| source["id"] == *id).unwrap_or_else(|| panic!("no {id} in {found}")).clone()
}

fn tool(source: &Value, name: &str) -> Value {
    let tools = source["tools"].as_array().unwrap();
    tools.iter().find(|tool| tool["name"] == name).unwrap_or_else(|| panic!("no {name} in {source}")).clone()
}

fn names(source: &Value) -> Vec<&str> {
    source["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

/// An entry for a tool as it now is.
fn entry(source: &Value, name: &str) -> Value {
    let fingerprint = tool(source, name)["fingerprint"].clone();
    json!({"source": source["id"], "name": name, "fingerprint": fingerprint, "approval": "never"})
}

async fn allow(member: &Client, entries: &[Value]) {
    member.put_json("/agent/tools", &json!({ "tools": entries })).await.with(200);
}

/// Allows all that is found.
async fn allow_everything(member: &Client) {
    let found = found(member).await;
    let sources = found["sources"].as_array().unwrap();
    let entries = sources.iter().flat_map(|source| names(source).into_iter().map(|name| entry(source, name)));
    allow(member, &entries.collect::<Vec<_>>()).await;
}

/// What the person has allowed, open.
async fn toolbox(server: &Server, user: UserId) -> Toolbox {
    let (toolbox, shut) = tools::toolbox(&server.app, user).await.unwrap();
    assert!(shut.is_empty());
    toolbox
}

async fn call(toolbox: &Toolbox, name: &str, arguments: Value) -> Outcome {
    toolbox.call(name, arguments.as_object().unwrap().clone(), &|_| {}).await
}

/// The text of an outcome that is one text.
fn text(outcome: &Outcome) -> &str {
    match outcome.content.as_slice() {
        [Content::Text(text)] => text,
        other => panic!("{other:?}"),
    }
}
