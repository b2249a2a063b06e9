//! A request as the API has it.

use crate::model::{MayCall, Request};
use serde_json::{Value, json};

fn cached() -> Value {
    json!({"type": "ephemeral"})
}

/// The whole body. What does not change from one step to the next is marked to be cached: the tools, the system's text, and the
/// conversation up to its end.
pub(super) fn body(model: &str, request: &Request<'_>, is_stream: bool) -> Value {
    let mut tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}))
        .collect();
    if let Some(last) = tools.last_mut() {
        last["cache_control"] = cached();
    }
    let mut messages: Vec<Value> =
        request.turns.iter().map(|turn| json!({"role": turn.role, "content": turn.content})).collect();
    let last = messages.last_mut().and_then(|message| message["content"].as_array_mut()?.last_mut());
    if let Some(block) = last.filter(|block| is_markable(block)) {
        block["cache_control"] = cached();
    }
    let mut body = json!({
        "model": model, "max_tokens": request.max_tokens, "messages": messages,
        "system": [{"type": "text", "text": request.system, "cache_control": cached()}],
    });
    if !tools.is_empty() {
        let choice = match request.may_call {
            MayCall::Yes => "auto",
            MayCall::No => "none",
        };
        body["tools"] = tools.into();
        body["tool_choice"] = json!({"type": choice});
    }
    if is_stream {
        body["stream"] = true.into();
    }
    body
}

/// Blocks of other kinds have to go back as they came.
fn is_markable(block: &Value) -> bool {
    block["type"] == "tool_result"
        || (block["type"] == "text" && block["text"].as_str().is_some_and(|it| !it.is_empty()))
}
