//! What is kept of a conversation, and how it goes on.

use crate::model::{Role, Turn};
use regex::Regex;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// What looks like a credential wherever it stands: after `Bearer`, JWTs, private keys, and keys of the models' API. A person may have
/// typed one, and a tool may have brought one.
static CREDENTIALS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{16,}",
        r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?",
        r"|\bsk-ant-[A-Za-z0-9_-]{8,}",
    ))
    .ok()
});

/// Without what looks like a credential.
pub fn scrubbed(text: &str) -> String {
    match &*CREDENTIALS {
        Some(credentials) => credentials.replace_all(text, "[removed]").into_owned(),
        // The pattern is a constant, which a test has read.
        None => String::new(),
    }
}

/// The same for every text in a value.
pub fn scrubbed_value(value: &Value) -> Value {
    match value {
        Value::String(text) => scrubbed(text).into(),
        Value::Array(elements) => elements.iter().map(scrubbed_value).collect(),
        Value::Object(members) => members.iter().map(|(name, it)| (name.clone(), scrubbed_value(it))).collect(),
        scalar => scalar.clone(),
    }
}

/// The same for a turn: its text, the arguments of its calls and what they brought. Signed blocks are kept as they are.
pub fn scrubbed_turn(turn: &Turn) -> Turn {
    let block = |block: &Value| match block["type"].as_str() {
        Some("text" | "tool_use" | "tool_result") => scrubbed_value(block),
        _ => block.clone(),
    };
    Turn { role: turn.role, content: turn.content.iter().map(block).collect() }
}

/// The turns of a thread whose runs may have ended in the middle: every call has a result, as the API demands.
pub fn mended(turns: Vec<Turn>) -> Vec<Turn> {
    let mut mended: Vec<Turn> = Vec::with_capacity(turns.len());
    for turn in turns {
        close(&mut mended, Some(&turn));
        mended.push(turn);
    }
    close(&mut mended, None);
    mended
}

/// Answers the calls of the last turn that `next` does not answer.
fn close(turns: &mut Vec<Turn>, next: Option<&Turn>) {
    let results = |turn: &Turn| turn.content.iter().any(|block| block["type"] == "tool_result");
    let Some(last) = turns.last().filter(|_| !next.is_some_and(results)) else { return };
    let missing: Vec<Value> = last
        .calls()
        .map(|(id, ..)| {
            json!({"type": "tool_result", "tool_use_id": id, "is_error": true,
                "content": [{"type": "text", "text": "The run ended before this call was finished."}]})
        })
        .collect();
    if !missing.is_empty() {
        turns.push(Turn { role: Role::User, content: missing });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Credentials of every form are gone, and nothing else.
    #[test]
    fn credentials_are_not_kept() {
        for (text, kept) in [
            ("use Authorization: Bearer abcdefghijklmnop1234 please", "use Authorization: [removed] please"),
            ("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlMTIz", "[removed]"),
            ("key sk-ant-sandbox-zXcanaryXz!", "key [removed]!"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----.", "[removed]."),
            ("the bearer of good news", "the bearer of good news"),
        ] {
            assert_eq!(scrubbed(text), kept);
        }
    }

    /// A run that ended before its call did leaves a thread that can go on.
    #[test]
    fn a_call_without_a_result_gets_one() {
        let call = json!({"type": "tool_use", "id": "toolu_1", "name": "x", "input": {}});
        let cut_off = vec![Turn::prompt("a"), Turn { role: Role::Assistant, content: vec![call] }];
        let mended = mended(cut_off.clone());
        assert_eq!(mended.len(), 3);
        assert_eq!(mended[2].content[0]["tool_use_id"], "toolu_1");
        let whole = super::mended([mended, vec![Turn::prompt("b")]].concat());
        assert_eq!(whole.len(), 4);
    }
}
