//! What the API does not take.

use super::{asking, model, tool};
use reqwest::StatusCode;
use sandbox::ANTHROPIC_API_KEY;
use serde_json::{Value, json};

/// Either header is a credential, both versions are spoken, and every answer has its id.
#[tokio::test]
async fn credentials_and_versions_are_checked() {
    let model = model().await;
    let (right, bearer) = (ANTHROPIC_API_KEY, format!("Bearer {ANTHROPIC_API_KEY}"));
    for (version, key, authorization, status, kind) in [
        (Some("2023-06-01"), Some(right), None, 200, ""),
        (Some("2026-10-21"), None, Some(bearer.as_str()), 200, ""),
        (Some("2023-06-01"), None, None, 401, "authentication_error"),
        (Some("2023-06-01"), Some("sk-ant-guess"), None, 401, "authentication_error"),
        (Some("2023-06-01"), None, Some("Bearer sk-ant-guess"), 401, "authentication_error"),
        (Some("2023-06-01"), Some(right), Some("Bearer ghu_token"), 401, "authentication_error"),
        (None, Some(right), None, 400, "invalid_request_error"),
        (Some("2020-01-01"), Some(right), None, 400, "invalid_request_error"),
    ] {
        let mut request =
            model.sandbox.client.post(model.sandbox.url("/anthropic/v1/messages")).json(&asking(&json!({})));
        for (name, value) in [("anthropic-version", version), ("x-api-key", key), ("authorization", authorization)] {
            request = value.into_iter().fold(request, |request, value| request.header(name, value));
        }
        let response = request.send().await.unwrap();
        let told = format!("{version:?} {key:?} {authorization:?}");
        assert_eq!(response.status().as_u16(), status, "{told}");
        let id = response.headers()["request-id"].to_str().unwrap().to_owned();
        let limits = ["requests", "tokens", "input-tokens", "output-tokens"];
        for name in limits.iter().flat_map(|of| ["limit", "remaining", "reset"].map(|part| format!("{of}-{part}"))) {
            assert!(response.headers().contains_key(format!("anthropic-ratelimit-{name}")), "{name}");
        }
        let body: Value = response.json().await.unwrap();
        if status != 200 {
            assert_eq!((&body["error"]["type"], &body["request_id"]), (&json!(kind), &json!(id)), "{told}");
        }
    }
}

/// A request that is wrong in one point is refused, in words that name it.
#[tokio::test]
async fn a_wrong_request_is_refused() {
    let model = model().await;
    let user = |content: Value| json!({"role": "user", "content": content});
    let calls = |ids: &[&str]| {
        let blocks = ids.iter().map(|id| json!({"type": "tool_use", "id": id, "name": "a", "input": {}}));
        json!({"role": "assistant", "content": blocks.collect::<Vec<Value>>()})
    };
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "x"});
    let asked = || user(json!("go"));
    let history = |rest: Value| {
        let messages = [vec![asked()], rest.as_array().unwrap().clone()].concat();
        json!({"tools": [tool("a")], "messages": messages})
    };
    let schema = |schema: Value| json!({"tools": [{"name": "a", "input_schema": schema}]});
    let marked = |ttl: &str| json!({"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": ttl}});
    for (changes, words) in [
        (json!({"model": null}), "model: Field required"),
        (json!({"max_tokens": null}), "max_tokens: Field required"),
        (json!({"max_tokens": 0}), "max_tokens"),
        (json!({"messages": []}), "at least one message"),
        (json!({"max_token": 5}), "max_token: Extra inputs"),
        (json!({"messages": [{"role": "assistant", "content": "x"}]}), "first message"),
        (json!({"messages": [{"role": "system", "content": "x"}]}), "messages.0.role"),
        (json!({"messages": [user(json!(""))]}), "must be non-empty"),
        (
            json!({"messages": [user(json!([{"type": "tool_use", "id": "t", "name": "a", "input": {}}]))]}),
            "messages.0.content.0",
        ),
        (json!({"stop_sequences": [" "]}), "stop_sequences"),
        (json!({"thinking": {"type": "enabled", "budget_tokens": 100}}), "budget_tokens"),
        (json!({"tools": [tool("a.b")]}), "tools.0.custom.name"),
        (json!({"tools": [tool(&"a".repeat(65))]}), "tools.0.custom.name"),
        (json!({"tools": [tool("a"), tool("a")]}), "must be unique"),
        (json!({"tools": [{"name": "a"}]}), "input_schema: Field required"),
        (schema(json!({"type": "array"})), "input_schema.type"),
        (schema(json!({"type": "object", "anyOf": []})), "anyOf at the top level"),
        (schema(json!({"type": "object", "properties": {"a b": {}}})), "Property keys"),
        (json!({"tool_choice": {"type": "any"}}), "while providing tools"),
        (json!({"tools": [tool("a")], "tool_choice": {"type": "tool", "name": "b"}}), "not found in provided tools"),
        (history(json!([calls(&["t"])])), "without `tool_result` blocks immediately after: t"),
        (history(json!([calls(&["t", "u"]), user(json!([result("t")]))])), "immediately after: u"),
        (
            history(json!([calls(&["t"]), user(json!([{"type": "text", "text": "x"}, result("t")]))])),
            "immediately after: t",
        ),
        (history(json!([calls(&["t"]), user(json!([result("t"), result("v")]))])), "unexpected `tool_use_id`"),
        (history(json!([calls(&["t"]), user(json!([result("t"), result("t")]))])), "single result"),
        (history(json!([calls(&["t", "t"]), user(json!([result("t")]))])), "must be unique"),
        (json!({"messages": [asked(), calls(&["t"]), user(json!([result("t")]))]}), "must define tools"),
        (json!({"messages": [user(json!([marked("5m"), marked("1h")]))]}), "must not come after"),
        (json!({"messages": [user(json!(vec![marked("5m"); 5]))]}), "maximum of 4"),
        (json!({"messages": [user(json!([marked("9m")]))]}), "cache_control"),
    ] {
        let (status, body) = model.send(&asking(&changes)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{changes}: {body}");
        assert_eq!(body["error"]["type"], "invalid_request_error");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{changes}: {message}");
    }
    let right =
        history(json!([calls(&["t", "u"]), user(json!([result("u"), result("t"), {"type": "text", "text": "and"}]))]));
    model.ask(&asking(&right)).await;
}

/// The newer version takes no sampling parameters; the older one does.
#[tokio::test]
async fn a_version_has_its_own_parameters() {
    let model = model().await;
    let body = asking(&json!({"temperature": 0.5}));
    model.ask(&body).await;
    let url = model.sandbox.url("/anthropic/v1/messages");
    let newer = model.sandbox.client.post(url).header("anthropic-version", "2026-10-21").bearer_auth(ANTHROPIC_API_KEY);
    assert_eq!(newer.json(&body).send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

/// A model that is not there, a path that is not there, a body that is too long and one that is no JSON.
#[tokio::test]
async fn what_is_not_there_is_told_in_the_same_words() {
    let model = model().await;
    let (status, body) = model.send(&asking(&json!({"model": "claude-missing"}))).await;
    assert_eq!((status, &body["error"]["type"]), (StatusCode::NOT_FOUND, &json!("not_found_error")));
    let elsewhere = model.sandbox.get("/anthropic/v1/models").await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
    assert_eq!(elsewhere.json::<Value>().await.unwrap()["error"]["type"], "not_found_error");
    let (status, body) = model.send(&asking(&json!({"system": "x".repeat(33 * 1024 * 1024)}))).await;
    assert_eq!((status, &body["error"]["type"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("request_too_large")));
    let broken = model.request(&Value::Null).body("{").send().await.unwrap();
    assert_eq!(broken.status(), StatusCode::BAD_REQUEST);
}
