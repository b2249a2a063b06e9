//! What both sides have said, turn by turn.

use super::{Checked, UNKNOWN_BLOCK, Version, is_word, text};
use crate::anthropic::message::Role;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const MOST_MESSAGES: usize = 100_000;

/// Everything that one side said before the other did.
pub(in crate::anthropic) struct Turn {
    pub(in crate::anthropic) role: Role,
    pub(in crate::anthropic) content: Vec<Value>,
}

/// Neighbours of one side become one turn.
pub(super) fn turns(messages: Option<&Value>, version: Version) -> Checked<Vec<Turn>> {
    let messages = messages.ok_or("messages: Field required")?.as_array();
    let messages = messages.ok_or("messages: Input should be a valid list")?;
    if messages.is_empty() {
        return Err("messages: at least one message is required".to_owned());
    }
    if messages.len() > MOST_MESSAGES {
        return Err(format!("messages: at most {MOST_MESSAGES} messages"));
    }
    let mut turns: Vec<Turn> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let role = match message["role"].as_str() {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => return Err(format!("messages.{at}.role: Input should be 'user' or 'assistant'")),
        };
        let content = match &message["content"] {
            Value::String(text) => vec![serde_json::json!({"type": "text", "text": text})],
            Value::Array(blocks) if blocks.is_empty() => {
                return Err(format!("messages.{at}: all messages must have non-empty content"));
            }
            Value::Array(blocks) => blocks.clone(),
            _ => return Err(format!("messages.{at}.content: Field required")),
        };
        for (number, block) in content.iter().enumerate() {
            check(block, role, version, &format!("messages.{at}.content.{number}"))?;
        }
        match turns.last_mut() {
            Some(last) if last.role == role => last.content.extend(content),
            _ => turns.push(Turn { role, content }),
        }
    }
    if turns.first().is_some_and(|first| first.role != Role::User) {
        return Err("messages: first message must use the \"user\" role".to_owned());
    }
    Ok(turns)
}

fn check(block: &Value, role: Role, version: Version, place: &str) -> Checked<()> {
    let needs = |name: &str| match block.get(name) {
        Some(_) => Ok(()),
        None => Err(format!("{place}.{name}: Field required")),
    };
    match (role, block["type"].as_str().unwrap_or_default()) {
        (_, "text") => {
            let cites = block["citations"].as_array().is_some_and(|list| !list.is_empty());
            if cites && role == Role::User && version == Version::Of2026 {
                return Err(format!("{place}.citations: a user's text has none"));
            }
            text(block, place)
        }
        (Role::User, "image" | "document") => needs("source"),
        (Role::User, "tool_result") => {
            needs("tool_use_id")?;
            match block.get("content") {
                None | Some(Value::String(_) | Value::Array(_)) => Ok(()),
                Some(_) => Err(format!("{place}.content: Input should be a string or a list of blocks")),
            }
        }
        (Role::Assistant, "tool_use") => {
            needs("id")?;
            let name = block["name"].as_str().unwrap_or_default();
            if !is_word(name, b"_-") {
                return Err(format!("{place}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'"));
            }
            match block.get("input") {
                Some(Value::Object(_)) => Ok(()),
                _ => Err(format!("{place}.input: Input should be a valid dictionary")),
            }
        }
        (Role::Assistant, "thinking") => needs("thinking").and_then(|()| needs("signature")),
        (Role::Assistant, "redacted_thinking") => needs("data"),
        (Role::Assistant, UNKNOWN_BLOCK) => Ok(()),
        (_, kind) => Err(format!("{place}: a block of the type '{kind}' does not belong here")),
    }
}

/// Each use of a tool is answered in the next turn, first of all, once, and nothing else is.
pub(super) fn pairs(turns: &[Turn]) -> Checked<()> {
    let ids = |turn: &Turn, kind: &str, name: &str| -> Vec<String> {
        let blocks = turn.content.iter().filter(|block| block["type"] == kind);
        blocks.map(|block| block[name].as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut known = BTreeSet::new();
    let mut open: Vec<String> = Vec::new();
    for turn in turns {
        if turn.role == Role::Assistant {
            open = ids(turn, "tool_use", "id");
            if !open.iter().all(|id| known.insert(id.clone())) {
                return Err("messages: `tool_use` ids must be unique".to_owned());
            }
            continue;
        }
        let results = ids(turn, "tool_result", "tool_use_id");
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for id in &results {
            *times.entry(id).or_default() += 1;
        }
        if let Some((id, _)) = times.iter().find(|(_, times)| **times > 1) {
            return Err(format!("messages: each tool_use must have a single result; found several for {id}"));
        }
        if let Some(id) = results.iter().find(|id| !open.contains(id)) {
            return Err(format!(
                "messages: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a \
                 corresponding `tool_use` block in the previous message."
            ));
        }
        let comes_first = turn.content.iter().take(results.len()).all(|block| block["type"] == "tool_result");
        let missing: Vec<&String> = open.iter().filter(|id| !results.contains(id)).collect();
        if !missing.is_empty() || !comes_first {
            return Err(unanswered(if missing.is_empty() { open.iter().collect() } else { missing }));
        }
        open.clear();
    }
    if open.is_empty() { Ok(()) } else { Err(unanswered(open.iter().collect())) }
}

fn unanswered(ids: Vec<&String>) -> String {
    let ids: Vec<&str> = ids.into_iter().map(String::as_str).collect();
    format!(
        "messages: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must \
         have a corresponding `tool_result` block in the next message.",
        ids.join(", ")
    )
}
