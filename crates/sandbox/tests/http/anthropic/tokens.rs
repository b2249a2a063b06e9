//! How much a request is.

use super::{asking, model, tool};
use serde_json::{Value, json};

fn count(message: &Value, name: &str) -> u64 {
    message["usage"][name].as_u64().unwrap_or_else(|| panic!("no {name} in {message}"))
}

/// The same request is always as many tokens, and a longer one is more.
#[tokio::test]
async fn tokens_follow_from_the_length() {
    let model = model().await;
    let first = model.ask(&asking(&json!({}))).await;
    let input = count(&first, "input_tokens");
    assert_eq!(count(&model.ask(&asking(&json!({}))).await, "input_tokens"), input);
    assert!(count(&model.ask(&asking(&json!({"tools": [tool("a")]}))).await, "input_tokens") > input);
    // "You said: Hello" are fifteen letters.
    assert_eq!((count(&first, "output_tokens"), count(&first, "cache_read_input_tokens")), (4, 0));
}

/// A marked prefix is written once and then read, until it is too old; another list of tools is another prefix.
#[tokio::test]
async fn a_marked_prefix_is_cached() {
    let model = model().await;
    let system = json!([{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]);
    let body = asking(&json!({"tools": [tool("a")], "system": system}));
    let usage = |message: &Value| {
        ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"].map(|name| count(message, name))
    };
    let [input, created, read] = usage(&model.ask(&body).await);
    assert!(input > 0 && created > 0 && read == 0);
    assert_eq!(usage(&model.ask(&body).await), [input, 0, created]);
    let other = asking(&json!({"tools": [tool("b")], "system": system}));
    assert_eq!(usage(&model.ask(&other).await), [input, created, 0]);
    model.sandbox.control("clock", json!({"advance_seconds": 301})).await;
    assert_eq!(usage(&model.ask(&body).await), [input, created, 0]);
}
