//! What comes of it when the API is not well, and that no text of an error holds the key.

use super::{HASTE, MODEL, PATIENCE, WAYS, World, ask, request, tool};
use agent::{
    ModelError, Turn,
    model::{Answer, Request, Stop},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// By which client a request was sent.
fn sender(request: &Value) -> &'static str {
    if request["headers"].get("x-stainless-timeout").is_some() { "sdk" } else { "own" }
}

fn error(answer: Result<Answer, ModelError>) -> ModelError {
    let error = answer.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("zXcanaryXz"));
    error
}

/// The first attempt at a host's root is the SDK's; whatever is tried again, and whatever is behind a path, is ours. Two more attempts
/// are made, and what the last refusal says of the time to come back is kept.
#[tokio::test]
async fn the_last_refusals_retry_after_is_kept() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    for (way, is_stream) in WAYS {
        for (after, times) in [(Value::Null, 2), (json!(61), 1)] {
            world.fault(json!({"on": "api", "kind": "status_429", "times": times, "retry_after_seconds": after})).await;
        }
        let (answer, _) = ask(&world.model(way), &request(&turns, &[]), is_stream).await;
        let busy = ModelError::Busy { status: 429, retry_after: Some(Duration::from_secs(61)) };
        assert_eq!(error(answer), busy, "{way} {is_stream}");
        let sent: Vec<&str> = world.requests().await.iter().map(sender).collect();
        assert_eq!(sent, if way.is_empty() { ["sdk", "own", "own"] } else { ["own"; 3] });
    }
}

/// What passes by itself is asked for again, and the answer comes.
#[tokio::test]
async fn a_busy_api_is_asked_again() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    for kind in ["status_529", "status_500", "status_429", "reset"] {
        for (way, is_stream) in WAYS {
            world.fault(json!({"on": "api", "kind": kind, "times": 1})).await;
            let (answer, told) = ask(&world.model(way), &request(&turns, &[]), is_stream).await;
            assert_eq!(answer.unwrap().stop, Stop::EndTurn, "{kind} {way} {is_stream}");
            assert!(!told.contains("<again>"), "nothing had been told");
        }
    }
}

/// A pause beyond a minute is not waited for: the answer says when.
#[tokio::test]
async fn nobody_waits_for_an_hour() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    world.fault(json!({"on": "api", "kind": "status_529", "times": 1, "retry_after_seconds": 3600})).await;
    let (answer, _) = ask(&world.model("/anthropic"), &request(&turns, &[]), true).await;
    assert_eq!(error(answer), ModelError::Busy { status: 529, retry_after: Some(Duration::from_hours(1)) });
    assert_eq!(world.requests().await.len(), 1);
}

/// What does not pass by itself is not repeated.
#[tokio::test]
async fn a_wrong_key_and_a_wrong_model_are_asked_once() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    for (way, is_stream) in WAYS {
        let model = world.model_with(way, "sk-ant-wrong-zXcanaryXz", MODEL, PATIENCE);
        let (answer, _) = ask(&model, &request(&turns, &[]), is_stream).await;
        assert_eq!(error(answer), ModelError::Credentials { status: 401 }, "{way} {is_stream}");
        let model = world.model_with(way, sandbox::ANTHROPIC_API_KEY, "claude-missing", PATIENCE);
        let (answer, _) = ask(&model, &request(&turns, &[]), is_stream).await;
        assert_eq!(error(answer), ModelError::Refused { status: 404 }, "{way} {is_stream}");
        // A name that the API does not take: our mistake.
        let tools = [tool("a.b")];
        let (answer, _) = ask(&world.model(way), &request(&turns, &tools), is_stream).await;
        assert_eq!(error(answer), ModelError::Refused { status: 400 }, "{way} {is_stream}");
        assert_eq!(world.requests().await.len(), 3);
    }
}

/// A stream that breaks in the middle is void, is told to be, and comes again, whole.
#[tokio::test]
async fn a_broken_stream_begins_anew() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    for way in ["", "/anthropic"] {
        for flaw in ["error_midway", "cut", "ends_early"] {
            let content = json!([{"type": "text", "text": "All is well, and a few words more"}]);
            world.script(json!([{"flaw": flaw, "content": content}, {"content": content}])).await;
            let (answer, told) = ask(&world.model(way), &request(&turns, &[]), true).await;
            assert_eq!(answer.unwrap().turn.text(), "All is well, and a few words more", "{way} {flaw}");
            let (void, whole) = told.rsplit_once("<again>").unwrap_or_else(|| panic!("{way} {flaw}: {told}"));
            assert!(whole.starts_with(void) && whole == "All is well, and a few words more", "{told}");
        }
    }
}

/// Silence in the middle, pings for ever, and an answer that never begins end in time, and no stream is left open.
#[tokio::test]
async fn silence_ends() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    for way in ["", "/anthropic"] {
        let hasty = world.model_with(way, sandbox::ANTHROPIC_API_KEY, MODEL, HASTE);
        for flaw in ["stalls", "pings"] {
            world.script(json!([{"flaw": flaw, "times": 3}])).await;
            let (answer, _) = ask(&hasty, &request(&turns, &[]), true).await;
            assert_eq!(error(answer), ModelError::Late, "{way} {flaw}");
            world.no_stream_is_open().await;
        }
        for is_stream in [false, true] {
            world.fault(json!({"on": "api", "kind": "hang", "times": 3})).await;
            let (answer, _) = ask(&hasty, &request(&turns, &[]), is_stream).await;
            assert_eq!(error(answer), ModelError::Late, "{way} {is_stream}");
            // A body that never ends: the SDK's own time-out ends with the head.
            world.fault(json!({"on": "api", "kind": "slow_body", "times": 3})).await;
            let (answer, _) = ask(&hasty, &request(&turns, &[]), is_stream).await;
            assert!(matches!(error(answer), ModelError::Late | ModelError::Unavailable { .. }), "{way} {is_stream}");
        }
    }
}

/// The end of the whole request is kept, attempts and pauses included.
#[tokio::test]
async fn a_deadline_ends_attempts() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    world.fault(json!({"on": "api", "kind": "status_529", "times": 3, "retry_after_seconds": 30})).await;
    // Sooner than the pause that is asked for.
    let soon = Request { deadline: Instant::now() + Duration::from_secs(20), ..request(&turns, &[]) };
    let (answer, _) = ask(&world.model("/anthropic"), &soon, false).await;
    assert_eq!(error(answer), ModelError::Busy { status: 529, retry_after: Some(Duration::from_secs(30)) });
    assert_eq!(world.requests().await.len(), 1, "the pause would not end before the deadline");
}

/// What is no message is not taken for one.
#[tokio::test]
async fn what_is_no_message_is_not_taken_for_one() {
    let world = World::start().await;
    let turns = [Turn::prompt("Hello")];
    for kind in ["html_200", "json_array", "truncated_json", "empty"] {
        for way in ["", "/anthropic"] {
            world.fault(json!({"on": "api", "kind": kind, "times": 3})).await;
            let (answer, _) = ask(&world.model(way), &request(&turns, &[]), false).await;
            let error = error(answer);
            assert!(
                matches!(error, ModelError::Unreadable | ModelError::Unavailable { .. }),
                "{kind} {way}: {error:?}"
            );
        }
    }
}
