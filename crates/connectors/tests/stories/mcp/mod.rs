//! Any MCP client gets a person's allowed tools, and nobody else's.

mod clients;
mod doors;
mod eras;

use super::agent::Person;
use crate::support::{Answer, Client, Server};
use kernel::UserId;
use serde_json::{Value, json};

const MODERN: &str = "2026-07-28";

/// A client as the protocol wants one, without a token.
fn plain(server: &Server) -> Client {
    let client = server.anonymous().with("content-type", "application/json");
    client.with("accept", "application/json, text/event-stream")
}

fn client_of(server: &Server, user: UserId) -> Client {
    plain(server).bearer(&server.people.token(user))
}

async fn post(client: &Client, body: &Value) -> Answer {
    client.send(reqwest::Method::POST, "/mcp", body.to_string()).await
}

/// The result of a request of the legacy era.
async fn ask(client: &Client, method: &str, params: Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    let answer = post(&client.with("mcp-protocol-version", "2025-11-25"), &body).await.with(200);
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(7)));
    answer
}

async fn names(client: &Client) -> Vec<String> {
    let listed = ask(client, "tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap_or_else(|| panic!("{listed}")).clone();
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

async fn call(client: &Client, name: &str, arguments: Value) -> Value {
    ask(client, "tools/call", json!({"name": name, "arguments": arguments})).await
}
