//! The model, as an agent meets it.

mod flaws;
mod recorded;
mod refusals;
mod rules;
mod streams;
mod tokens;

use crate::support::{Sandbox, config, start};
use reqwest::{RequestBuilder, StatusCode};
use sandbox::ANTHROPIC_API_KEY;
use serde_json::{Map, Value, json};

/// A sandbox, and somebody who asks its model.
struct Model {
    sandbox: Sandbox,
}

async fn model() -> Model {
    Model { sandbox: start(config()).await }
}

/// A request that is right, with some members written over (`null` takes one out).
fn asking(changes: &Value) -> Value {
    let mut body = json!({
        "model": "claude-sonnet-5-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello"}],
    });
    let members: &mut Map<String, Value> = body.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    body
}

fn tool(name: &str) -> Value {
    json!({"name": name, "description": "A tool", "input_schema": {"type": "object", "properties": {}}})
}

impl Model {
    fn request(&self, body: &Value) -> RequestBuilder {
        let url = self.sandbox.url("/anthropic/v1/messages");
        let request = self.sandbox.client.post(url).header("anthropic-version", "2023-06-01");
        request.header("x-api-key", ANTHROPIC_API_KEY).json(body)
    }

    async fn send(&self, body: &Value) -> (StatusCode, Value) {
        let response = self.request(body).send().await.unwrap();
        (response.status(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    /// The message that a right request is answered with.
    async fn ask(&self, body: &Value) -> Value {
        let (status, message) = self.send(body).await;
        assert_eq!(status, StatusCode::OK, "{message}");
        message
    }

    async fn script(&self, answers: Value) {
        let told = self.sandbox.control("anthropic/script", json!({"answers": answers})).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    }

    async fn get(&self, path: &str) -> Value {
        crate::support::answer(self.sandbox.get(&format!("/_control/{path}")).await).await.body
    }
}

/// The next turn of a conversation: what the model said, and what its tools answered.
fn with_results(body: &Value, message: &Value, result: &str) -> Value {
    let uses = message["content"].as_array().unwrap().iter().filter(|block| block["type"] == "tool_use");
    let results: Vec<Value> =
        uses.map(|used| json!({"type": "tool_result", "tool_use_id": used["id"], "content": result})).collect();
    let mut next = body.clone();
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": message["content"]}));
    messages.push(json!({"role": "user", "content": results}));
    next
}
