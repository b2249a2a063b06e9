//! One answer of the model, which is told as JSON or as a stream.

use super::{
    check::{Asked, UNKNOWN_BLOCK},
    script::{Flaw, Scripted},
    usage::{Counted, tokens},
};
use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Assistant,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

pub(super) struct Block {
    /// As JSON has it.
    pub(super) value: Value,
    /// As much of the input's JSON as there were tokens for.
    pub(super) input: Option<String>,
}

pub(super) struct Message {
    id: String,
    model: String,
    pub(super) content: Vec<Block>,
    pub(super) stop_reason: String,
    pub(super) stop_details: Value,
    pub(super) output_tokens: u64,
    pub(super) counted: Counted,
}

/// Letters outside ASCII are written as escapes, which a stream can then break inside of.
fn escaped(json: &str) -> String {
    let mut text = String::new();
    for letter in json.chars() {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            let mut units = [0; 2];
            text.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

/// With what a script may leave out.
fn whole(mut block: Value) -> Block {
    let mut input = None;
    match block["type"].as_str() {
        Some("text") if block.get("citations").is_none() => block["citations"] = Value::Null,
        Some("tool_use") => {
            if !block["id"].is_string() {
                block["id"] = json!(format!("toolu_01{}", kernel::alphanumeric(22)));
            }
            if !block["input"].is_object() {
                block["input"] = json!({});
            }
            block["caller"] = json!({"type": "direct"});
            input = Some(escaped(&block["input"].to_string()));
        }
        _ => {}
    }
    Block { value: block, input }
}

impl Block {
    fn bytes(&self) -> usize {
        match (&self.input, self.value["text"].as_str()) {
            (Some(input), _) => input.len(),
            (None, Some(text)) => text.len(),
            (None, None) => self.value.to_string().len(),
        }
    }

    /// Leaves so many bytes of it at most; the JSON form of an input that is not whole is empty.
    fn cut(&mut self, bytes: usize) {
        if let Some(input) = &mut self.input {
            input.truncate(bytes);
            self.value["input"] = json!({});
        } else if let Some(text) = self.value["text"].as_str() {
            let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            self.value["text"] = json!(text[..end]);
        }
    }
}

impl Message {
    pub(super) fn new(asked: &Asked, by_rule: Vec<Value>, scripted: Option<Scripted>, counted: Counted) -> Self {
        let (told, stop_reason, flaw) = match scripted {
            Some(Scripted { content, stop_reason, flaw, .. }) => (content, stop_reason, flaw),
            None => (None, None, None),
        };
        let mut content: Vec<Block> = told.unwrap_or(by_rule).into_iter().map(whole).collect();
        if flaw == Some(Flaw::Refusal) {
            content.clear();
        }
        if flaw == Some(Flaw::UnknownBlock) {
            let value = json!({"type": UNKNOWN_BLOCK, "id": "holo_01", "frames": [1, 2]});
            content.insert(0, Block { value, input: None });
        }
        let all: usize = content.iter().map(Block::bytes).sum();
        let last = content.last().map_or(0, Block::bytes);
        let most = usize::try_from(asked.max_tokens.saturating_mul(4)).unwrap_or(usize::MAX);
        let budget = if flaw == Some(Flaw::MaxTokens) { most.min(all - last.div_ceil(2)) } else { most };
        let is_cut = all > budget;
        let mut left = budget;
        for block in &mut content {
            let bytes = block.bytes();
            if bytes > left {
                block.cut(left);
            }
            left = left.saturating_sub(bytes);
        }
        if is_cut {
            keep_until(&mut content, budget);
        }
        let uses_tools = content.iter().any(|block| block.value["type"] == "tool_use");
        let by_itself = if uses_tools { "tool_use" } else { "end_turn" };
        let (stop_reason, stop_details) = match (flaw, stop_reason) {
            (Some(Flaw::Refusal), _) => {
                let why = "The sandbox was asked to refuse.";
                ("refusal".to_owned(), json!({"type": "refusal", "category": "cyber", "explanation": why}))
            }
            _ if is_cut => ("max_tokens".to_owned(), Value::Null),
            (_, reason) => (reason.unwrap_or_else(|| by_itself.to_owned()), Value::Null),
        };
        Self {
            id: format!("msg_01{}", kernel::alphanumeric(22)),
            model: asked.model.clone(),
            content,
            stop_reason,
            stop_details,
            output_tokens: tokens(all.min(budget)).max(1),
            counted,
        }
    }

    /// As it is before and after its content.
    fn frame(&self, content: &[&Value], ended: bool, output_tokens: u64) -> Value {
        json!({
            "id": self.id, "type": "message", "role": Role::Assistant.name(), "model": self.model, "content": content,
            "stop_reason": ended.then_some(&self.stop_reason), "stop_sequence": null,
            "stop_details": if ended { self.stop_details.clone() } else { Value::Null },
            "container": null, "diagnostics": null, "usage": self.counted.told(output_tokens),
        })
    }

    pub(super) fn told(&self) -> Value {
        let content: Vec<&Value> = self.content.iter().map(|block| &block.value).collect();
        self.frame(&content, true, self.output_tokens)
    }

    pub(super) fn begun(&self) -> Value {
        self.frame(&[], false, 1)
    }
}

/// What nothing is left of is not there at all.
fn keep_until(content: &mut Vec<Block>, budget: usize) {
    let is_left = |block: &Block| {
        let text = block.value["text"].as_str();
        text.is_none_or(|text| !text.is_empty()) && block.input.as_ref().is_none_or(|input| !input.is_empty())
    };
    let end = content.iter().position(|block| !is_left(block)).unwrap_or(content.len());
    // One block at least: an answer without content is a refusal.
    content.truncate(if budget == 0 { 1 } else { end.max(1) });
}
