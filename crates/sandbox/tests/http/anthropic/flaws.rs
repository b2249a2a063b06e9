//! Bad days of the model, and of its servers.

use super::{asking, model, streams::read, tool};
use reqwest::StatusCode;
use serde_json::{Value, json};

const WORDS: &str = "A text that is long enough to come in several fragments, so that it has a middle.";

/// What goes wrong in the middle of a stream: an error, a broken connection, an end without an end.
#[tokio::test]
async fn streams_go_wrong_in_the_middle() {
    let model = model().await;
    let content = json!([{"type": "text", "text": WORDS}]);
    for (flaw, is_whole, last) in [
        ("error_midway", true, "error"),
        ("cut", false, "content_block_delta"),
        ("ends_early", true, "content_block_delta"),
    ] {
        model.script(json!([{"content": content, "flaw": flaw}])).await;
        let response = model.request(&asking(&json!({"stream": true}))).send().await.unwrap();
        let id = response.headers()["request-id"].to_str().unwrap().to_owned();
        let streamed = read(response).await;
        assert_eq!(streamed.is_whole, is_whole, "{flaw}");
        let events = streamed.events();
        assert_eq!(events.last().unwrap()["type"], last, "{flaw}");
        assert!(!streamed.names().contains(&"content_block_stop".to_owned()), "{flaw}");
        if flaw == "error_midway" {
            let error = events.last().unwrap();
            assert_eq!((&error["error"]["type"], &error["request_id"]), (&json!("overloaded_error"), &json!(id)));
        }
    }
}

/// Nothing but pings comes until the client gives up, and the sandbox can still be stopped.
#[tokio::test]
async fn a_stream_may_be_nothing_but_pings() {
    let model = model().await;
    model.script(json!([{"flaw": "pings"}])).await;
    let mut response = model.request(&asking(&json!({"stream": true}))).send().await.unwrap();
    let mut text = Vec::new();
    while text.windows(12).filter(|window| window == b"event: ping\n").count() < 3 {
        text.extend(response.chunk().await.unwrap().unwrap());
    }
    assert!(text.starts_with(b"event: message_start"));
    assert!(model.sandbox.running.stop().await, "it has to be cut");
}

/// Events, deltas and blocks of types that nobody knows come among those that everybody knows, and may be sent back.
#[tokio::test]
async fn unknown_things_come_among_the_known() {
    let model = model().await;
    model.script(json!([{"flaw": "unknown_event"}, {"flaw": "unknown_block"}, {"flaw": "unknown_block"}])).await;
    let body = asking(&json!({"stream": true}));
    let events = read(model.request(&body).send().await.unwrap()).await.events();
    assert_eq!(events[1]["type"], "weather");
    assert!(events.iter().any(|event| event["delta"]["type"] == "weather_delta"));
    let events = read(model.request(&body).send().await.unwrap()).await.events();
    assert_eq!(events[2]["content_block"]["type"], "hologram");
    let message = model.ask(&asking(&json!({}))).await;
    assert_eq!((&message["content"][0]["type"], &message["content"][1]["type"]), (&json!("hologram"), &json!("text")));
    let user = |text: &str| json!({"role": "user", "content": text});
    let history = json!([user("a"), {"role": "assistant", "content": message["content"]}, user("b")]);
    model.ask(&asking(&json!({"messages": history}))).await;
}

/// Tokens are used up in the middle of an input, because a test says so or because there were no more; a refusal says why.
#[tokio::test]
async fn an_answer_may_be_cut_or_refused() {
    let model = model().await;
    let content =
        json!([{"type": "text", "text": "Fine."}, {"type": "tool_use", "name": "a", "input": {"text": WORDS}}]);
    model.script(json!([{"content": content, "flaw": "max_tokens"}, {"content": content}, {"content": content}])).await;
    let body = asking(&json!({"tools": [tool("a")], "stream": true}));
    let streamed = read(model.request(&body).send().await.unwrap()).await;
    let events = streamed.events();
    let parts: Vec<&str> = events.iter().filter_map(|event| event["delta"]["partial_json"].as_str()).collect();
    assert!(parts.concat().starts_with("{\"text\":\"A text") && !parts.concat().ends_with('}'), "{parts:?}");
    assert_eq!(events[events.len() - 2]["delta"]["stop_reason"], "max_tokens");

    let short = model.ask(&asking(&json!({"tools": [tool("a")], "max_tokens": 5}))).await;
    assert_eq!((&short["stop_reason"], &short["usage"]["output_tokens"]), (&json!("max_tokens"), &json!(5)));
    assert_eq!(short["content"][1]["input"], json!({}));
    let shorter = model.ask(&asking(&json!({"tools": [tool("a")], "max_tokens": 1}))).await;
    assert_eq!(shorter["content"], json!([{"type": "text", "text": "Fine", "citations": null}]));

    model.script(json!([{"flaw": "refusal"}])).await;
    let refused = model.ask(&asking(&json!({}))).await;
    assert_eq!((&refused["stop_reason"], &refused["content"]), (&json!("refusal"), &json!([])));
    assert_eq!(refused["stop_details"]["type"], "refusal");
}

/// The faults of all vendors are this one's too, in its own words; each request has an id all the same.
#[tokio::test]
async fn faults_are_told_in_the_apis_words() {
    let model = model().await;
    for (fault, status, kind) in [
        (json!({"on": "api", "kind": "status_429", "retry_after_seconds": 7}), 429, "rate_limit_error"),
        (json!({"on": "api", "kind": "status_529"}), 529, "overloaded_error"),
        (json!({"on": "api", "kind": "status_500"}), 500, "api_error"),
    ] {
        model.sandbox.control("anthropic/faults", fault).await;
        let response = model.request(&asking(&json!({}))).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (id, wait, left) =
            (header("request-id"), header("retry-after"), header("anthropic-ratelimit-requests-remaining"));
        assert_eq!((wait.as_deref(), left.as_deref() == Some("0")), ((status == 429).then_some("7"), status == 429));
        let body: Value = response.json().await.unwrap();
        assert_eq!((&body["error"]["type"], body["request_id"].as_str()), (&json!(kind), id.as_deref()));
    }
    model.sandbox.control("anthropic/faults", json!({"on": "api", "kind": "close"})).await;
    assert!(model.request(&asking(&json!({}))).send().await.is_err());
    assert_eq!(model.send(&asking(&json!({}))).await.0, StatusCode::OK);
    // A fault keeps the script for the attempt that gets through.
    model.script(json!([{"content": [{"type": "text", "text": "kept"}]}])).await;
    model.sandbox.control("anthropic/faults", json!({"on": "api", "kind": "status_529"})).await;
    model.send(&asking(&json!({}))).await;
    assert_eq!(model.ask(&asking(&json!({}))).await["content"][0]["text"], "kept");
}
