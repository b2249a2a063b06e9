//! A message as events. Texts and inputs come in fragments that break inside escapes, and an input's first one is empty.

use super::{
    check::UNKNOWN_BLOCK,
    message::{Block, Message},
    script::Flaw,
};
use crate::sse::{End, event};
use serde_json::{Value, json};

/// How many fragments a long text comes in, about; a short one comes in fragments of a few letters.
const FRAGMENTS: usize = 64;

fn named(data: &Value) -> String {
    event(data["type"].as_str().unwrap_or_default(), data)
}

fn texts(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks((letters.len() / FRAGMENTS).max(4)).map(|some| some.iter().collect()).collect()
}

/// Each break that can be is inside an escape.
fn inputs(json: &str) -> Vec<String> {
    let size = (json.len() / FRAGMENTS).max(5);
    let mut fragments = vec![String::new()];
    let mut fragment = String::new();
    if json == "{}" {
        return fragments;
    }
    for letter in json.chars() {
        fragment.push(letter);
        if letter == '\\' || fragment.len() >= size {
            fragments.push(std::mem::take(&mut fragment));
        }
    }
    fragments.push(fragment);
    fragments
}

fn block(index: usize, block: &Block, flaw: Option<Flaw>) -> Vec<Value> {
    let mut start = block.value.clone();
    let delta = |kind: &str, name: &str, part: String| json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, name: part}});
    let text = |name: &str| block.value[name].as_str().unwrap_or_default().to_owned();
    let mut deltas = Vec::new();
    match block.value["type"].as_str() {
        Some("text") => {
            start["text"] = json!("");
            deltas.extend(texts(&text("text")).into_iter().map(|part| delta("text_delta", "text", part)));
        }
        Some("tool_use") => {
            start["input"] = json!({});
            let parts = inputs(block.input.as_deref().unwrap_or_default());
            deltas.extend(parts.into_iter().map(|part| delta("input_json_delta", "partial_json", part)));
        }
        Some("thinking") => {
            (start["thinking"], start["signature"]) = (json!(""), json!(""));
            deltas.extend(texts(&text("thinking")).into_iter().map(|part| delta("thinking_delta", "thinking", part)));
            deltas.push(delta("signature_delta", "signature", text("signature")));
        }
        Some(UNKNOWN_BLOCK) => deltas.push(delta("hologram_delta", "frame", "3".to_owned())),
        _ => {}
    }
    if flaw == Some(Flaw::UnknownEvent) {
        deltas.insert(0, delta("weather_delta", "sky", "blue".to_owned()));
    }
    let mut events = vec![json!({"type": "content_block_start", "index": index, "content_block": start})];
    events.extend(deltas);
    events.push(json!({"type": "content_block_stop", "index": index}));
    events
}

/// The events, and what comes behind them.
pub(super) fn told(message: &Message, flaw: Option<Flaw>, request_id: &str) -> (String, End) {
    let begun = json!({"type": "message_start", "message": message.begun()});
    let ping = json!({"type": "ping"});
    if flaw == Some(Flaw::Pings) {
        return (named(&begun), End::Again(named(&ping)));
    }
    let mut events = vec![begun, ping];
    for (index, each) in message.content.iter().enumerate() {
        events.extend(block(index, each, flaw));
    }
    if flaw == Some(Flaw::UnknownEvent) {
        events.insert(1, json!({"type": "weather", "sky": "blue"}));
    }
    let usage = message.counted.told(message.output_tokens);
    let so_far: Value = ["output_tokens", "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]
        .iter()
        .map(|name| ((*name).to_owned(), usage[*name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    events.push(json!({
        "type": "message_delta",
        "delta": {"stop_reason": message.stop_reason, "stop_sequence": null, "stop_details": message.stop_details,
                  "container": null},
        "usage": so_far,
    }));
    events.push(json!({"type": "message_stop"}));
    // Of the fragments of the last block some have come, and it has not ended.
    let middle = (events.len() - 3).saturating_sub(2).max(3);
    let end = match flaw {
        Some(Flaw::ErrorMidway | Flaw::EndsEarly) => End::Done,
        Some(Flaw::Cut) => End::Cut,
        Some(Flaw::Stalls) => End::Stall,
        _ => return (events.iter().map(named).collect(), End::Done),
    };
    events.truncate(middle);
    if flaw == Some(Flaw::ErrorMidway) {
        let error = json!({"type": "overloaded_error", "message": "Overloaded", "details": null});
        events.push(json!({"type": "error", "error": error, "request_id": request_id}));
    }
    (events.iter().map(named).collect(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fragments of an input are the input, the first of them is empty, and every escape is broken.
    #[test]
    fn an_input_breaks_inside_its_escapes() {
        let json = r#"{"q":"say \"hi\" \u00e9"}"#;
        let parts = inputs(json);
        assert_eq!(parts.concat(), json);
        assert_eq!(parts[0], "");
        assert_eq!(parts.iter().filter(|part| part.ends_with('\\')).count(), 3);
        assert_eq!(inputs("{}"), [""]);
    }
}
