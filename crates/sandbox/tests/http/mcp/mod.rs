//! The vendors' MCP servers, as clients of both eras meet them.

mod dial;
mod door;
mod eras;
mod tools;

use crate::support::{LINEAR, Sandbox, config, start};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

/// A sandbox, and a client of one of its servers.
struct Client {
    sandbox: Sandbox,
    vendor: &'static str,
    token: String,
}

/// Of Linear's.
async fn client() -> Client {
    let sandbox = start(config()).await;
    let (token, _) = sandbox.connect(LINEAR).await;
    Client { sandbox, vendor: "linear", token }
}

const MODERN: &str = "2026-07-28";

/// A legacy request.
fn legacy(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// The same of the modern era.
fn modern(method: &str, params: &Value) -> Value {
    let mut request = legacy(method, params);
    request["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    request
}

impl Client {
    /// With everything that the transport wants.
    fn post(&self, body: &Value) -> RequestBuilder {
        let request =
            self.sandbox.client.post(self.sandbox.url(&format!("/{}/mcp", self.vendor))).bearer_auth(&self.token);
        request.header("accept", "application/json, text/event-stream").json(body)
    }

    /// With the headers of the modern era.
    fn post_modern(&self, body: &Value) -> RequestBuilder {
        let method = body["method"].as_str().unwrap();
        let request = self.post(body).header("mcp-protocol-version", MODERN).header("mcp-method", method);
        body["params"]["name"].as_str().into_iter().fold(request, |request, name| request.header("mcp-name", name))
    }

    /// A legacy request's answer, whole.
    async fn send(&self, method: &str, params: Value) -> Value {
        let request = self.post(&legacy(method, &params)).header("mcp-protocol-version", "2025-11-25");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    async fn call(&self, name: &str, arguments: Value) -> Value {
        let answer = self.send("tools/call", json!({"name": name, "arguments": arguments})).await;
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].clone()
    }

    /// What a tool that does not fail finds.
    async fn found(&self, name: &str, arguments: Value) -> Value {
        let result = self.call(name, arguments).await;
        assert!(result["isError"].is_null(), "{result}");
        serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
    }

    async fn names(&self) -> Vec<String> {
        names(&self.send("tools/list", json!({})).await["result"])
    }

    async fn set(&self, change: Value) {
        let told = self.sandbox.control(&format!("{}/mcp", self.vendor), change).await;
        assert_eq!(told.status, 200, "{}", told.body);
    }
}

fn names(result: &Value) -> Vec<String> {
    let tools = result["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

/// The messages of a stream that has ended.
async fn messages(response: Response) -> Vec<Value> {
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let text = response.text().await.unwrap();
    let events = text.split_terminator("\n\n").map(|event| event.strip_prefix("event: message\ndata: ").unwrap());
    events.map(|data| serde_json::from_str(data).unwrap()).collect()
}
