//! Servers that mean harm, or are broken. Nothing of it hangs, grows, or leaks, and the next call is none the worse.

use crate::mcp::support::{BOUNDS, HASTE, World, text, until};
use agent::{
    Outcome, Source,
    mcp::{McpBounds, McpError, McpServer, Session},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A list whose every page leads on is given up.
#[tokio::test]
async fn an_endless_list_is_an_error() {
    let world = World::start().await;
    for page_size in [1, 200] {
        world.server_is(json!({"endless": true, "page_size": page_size})).await;
        let opened = Session::open(&world.server()).await;
        assert!(matches!(opened, Err(McpError::Endless)), "{page_size}: {:?}", opened.err());
    }
}

/// Fifty megabytes are not read, nor twenty in an event of a stream, and the outcome says so.
#[tokio::test]
async fn a_huge_result_is_not_read() {
    let world = World::start().await;
    for (era, sse, size_mb) in [("legacy", false, 50), ("modern", true, 20)] {
        world.odd_tool(json!({"size_mb": size_mb})).await;
        world.server_is(json!({"era": era, "sse": sse})).await;
        // It takes the sandbox a while to write them.
        let bounds = McpBounds { idle: Duration::from_mins(1), total: Duration::from_mins(1), ..BOUNDS };
        let session = Session::open(&McpServer { bounds, ..world.server() }).await.unwrap();
        let outcome = session.call("odd", serde_json::Map::new(), &|_| {}).await;
        assert_eq!(
            (outcome.is_error, text(&outcome)),
            (true, "The tool's answer is larger than 4194304 bytes and was not read. Ask for less."),
            "{era}"
        );
        let next = session.call("list_teams", serde_json::Map::new(), &|_| {}).await;
        assert!(!next.is_error, "{next:?}");
    }
}

/// A tool that never answers is given up after the silence that is allowed, before its answer's head or behind it, and the server
/// hears of it.
#[tokio::test]
async fn a_silent_tool_is_given_up() {
    let world = World::start().await;
    for (era, progress) in [("legacy", 0), ("legacy", 1), ("modern", 0), ("modern", 1)] {
        world.odd_tool(json!({"hang": true, "progress": progress})).await;
        world.server_is(json!({"era": era})).await;
        let session = Session::open(&McpServer { bounds: HASTE, ..world.server() }).await.unwrap();
        let before = world.asked().await.len();
        let begun = Instant::now();
        let (outcome, _) = world.call_odd(&session).await;
        assert!(matches!(outcome, Err(McpError::Silent)), "{era} {progress}: {outcome:?}");
        assert!(begun.elapsed() < HASTE.total, "{:?}", begun.elapsed());
        if era == "legacy" {
            let cancelled = async || world.asked().await[before..].iter().any(|it| it == "notifications/cancelled");
            until("the server hears of it", cancelled).await;
        }
    }
}

/// What is no answer is unreadable at once, and nothing of it is repeated.
#[tokio::test]
async fn garbage_is_unreadable() {
    let world = World::start().await;
    let other = json!({"jsonrpc": "2.0", "id": 4711, "result": {"content": []}}).to_string();
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    for raw in ["<html>s3cret</html>", "", "{}", "[]", "null", "{\"jsonrpc\":\"2.0\",\"id\":", &other, &request] {
        world.odd_tool(json!({"raw": raw})).await;
        for era in ["legacy", "modern"] {
            world.server_is(json!({"era": era})).await;
            let session = world.open().await;
            let (outcome, _) = world.call_odd(&session).await;
            assert!(matches!(outcome, Err(McpError::Unreadable)), "{raw}: {outcome:?}");
            let outcome = session.call("odd", serde_json::Map::new(), &|_| {}).await;
            assert_eq!(text(&outcome), "The tool could not be used: the server's answer cannot be read.");
        }
    }
}

/// Results that are no results of a call, and messages that come before one.
#[tokio::test]
async fn odd_results_and_messages_are_survived() {
    let world = World::start().await;
    for result in [json!({}), json!({"content": "text"}), json!({"content": [1]}), json!(7)] {
        world.odd_tool(json!({"result": result})).await;
        let session = world.open().await;
        let (outcome, _) = world.call_odd(&session).await;
        let is_harmless = match &outcome {
            Ok(outcome) => text(outcome).starts_with("[Left out"),
            Err(error) => matches!(error, McpError::Unreadable),
        };
        assert!(is_harmless, "{result}: {outcome:?}");
    }
    let messages = json!([{"jsonrpc": "2.0", "method": "notifications/nobody_knows", "params": {"a": 1}},
        {"jsonrpc": "2.0", "id": 9, "method": "sampling/createMessage", "params": {}}, {"no": "message"}, "text",
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "none", "progress": "much"}}]);
    world.odd_tool(json!({"messages": messages, "text": "still here"})).await;
    let session = world.open().await;
    let (outcome, told) = world.call_odd(&session).await;
    assert_eq!((text(&outcome.unwrap()), told.len()), ("still here", 0));
}

/// Errors of the protocol and of the tool are what a model reads; a token that is echoed is not.
#[tokio::test]
async fn errors_are_outcomes_without_secrets() {
    let world = World::start().await;
    let token = world.token.expose().clone();
    let failed = |does: Value| async {
        world.odd_tool(does).await;
        let session = world.open().await;
        session.call("odd", serde_json::Map::new(), &|_| {}).await
    };
    let said = format!("no {token}");
    let outcome = failed(json!({"error": {"code": -32602, "message": said}})).await;
    assert_eq!((outcome.is_error, text(&outcome)), (true, "The tool's server refused: no [token]"));
    let outcome = failed(json!({"result": {"isError": true, "content": [{"type": "text", "text": said}]}})).await;
    assert_eq!((outcome.is_error, text(&outcome)), (true, "no [token]"));
    let session = world.open().await;
    let outcome = session.call("nobody", serde_json::Map::new(), &|_| {}).await;
    assert_eq!(text(&outcome), "The tool's server refused: Tool nobody not found");
}

/// A tool that wants to ask somebody finds nobody.
#[tokio::test]
async fn a_tool_that_asks_for_input_is_told_no() {
    let world = World::start().await;
    world.server_is(json!({"era": "modern"})).await;
    let requests = json!({"who": {"method": "elicitation/create", "params": {"mode": "form", "message": "Who?",
        "requestedSchema": {"type": "object", "properties": {}}}}});
    world.odd_tool(json!({"result": {"resultType": "input_required", "inputRequests": requests}})).await;
    let session = world.open().await;
    let (outcome, _) = world.call_odd(&session).await;
    let expected = Outcome::failed("The tool wants to ask a person something first, which is not possible here.");
    assert_eq!(outcome.unwrap(), expected);
}

/// Every way to fail at the level of HTTP ends in time, and none is followed elsewhere.
#[tokio::test]
async fn broken_transports_are_errors() {
    let world = World::start().await;
    // Bytes that drip are no silence: only the whole has an end.
    let bounds = McpBounds { total: Duration::from_secs(3), ..HASTE };
    let session = Session::open(&McpServer { bounds, ..world.server() }).await.unwrap();
    for kind in [
        "status_500",
        "status_502_html",
        "status_429",
        "html_200",
        "json_as_html",
        "json_array",
        "truncated_json",
        "huge_body",
        "body_20mb",
        "slow_body",
        "empty",
        "redirect",
        "close",
        "reset",
        "hang",
    ] {
        let fault = json!({"on": "mcp", "kind": kind, "times": 1});
        world.control(http::Method::POST, "linear/faults", Some(fault)).await;
        let outcome = session.try_call("list_teams", serde_json::Map::new(), &|_| {}).await;
        assert!(outcome.is_err(), "{kind}: {outcome:?}");
        world.control(http::Method::DELETE, "linear/faults", None).await;
        let next = session.try_call("list_teams", serde_json::Map::new(), &|_| {}).await;
        assert!(next.is_ok_and(|outcome| !outcome.is_error), "after {kind}");
    }
}
