//! What vendors' token answers have in common where they stray from RFC 6749.

use serde_json::{Map, Value, json};

/// Puts an answer right: a key `error` is a failure whatever the status, scopes are one string separated by spaces, and
/// `token_type` is there. `standard` gives the RFC's word (5.2) for one of the vendor's.
pub(crate) fn put_right(answer: Value, standard: fn(&str) -> &str) -> Value {
    let Value::Object(mut members) = answer else { return answer };
    if let Some(error) = members.get("error") {
        // Only the word: descriptions may echo what was sent.
        return json!({ "error": error.as_str().map_or("unreadable", standard) });
    }
    put_scopes_right(&mut members);
    members.entry("token_type").or_insert_with(|| "bearer".into());
    Value::Object(members)
}

fn put_scopes_right(members: &mut Map<String, Value>) {
    let scopes = match members.remove("scope") {
        Some(Value::String(text)) => words(&text),
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).flat_map(words).collect(),
        _ => Vec::new(),
    };
    if !scopes.is_empty() {
        members.insert("scope".to_owned(), scopes.join(" ").into());
    }
}

/// Scopes out of a list separated by spaces, commas or both.
pub(crate) fn words(list: &str) -> Vec<String> {
    list.split([' ', ',']).filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}
