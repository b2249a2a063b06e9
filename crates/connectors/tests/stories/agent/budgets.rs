//! What a run may use, and that it is not passed.

use super::{Person, asked, called, script, server};
use serde_json::{Value, json};

/// The model that calls and calls: after the last step that it has it is asked once more, without tools.
#[tokio::test]
async fn steps_end_with_words() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams"]).await;
    let call = json!([{"type": "tool_use", "name": "linear__list_teams", "input": {}}]);
    script(&server, json!([{"content": call, "times": 3}])).await;
    let run = ann.run(json!({"prompt": "Go on", "budget": {"steps": 3}})).await;
    assert_eq!((&run["state"], &run["reason"]), (&json!("completed"), &json!("steps_used")));
    assert_eq!(called(&server, "linear").await.len(), 3);
    let choices: Vec<Value> = asked(&server).await.iter().map(|it| it["body"]["tool_choice"]["type"].clone()).collect();
    assert_eq!(choices, ["auto", "auto", "auto", "none"]);
    assert!(run["text"].as_str().unwrap().starts_with("The tools answered:"));
}

/// Calls that it makes against the order to make none are not made.
#[tokio::test]
async fn a_call_beyond_the_last_step_is_not_made() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams"]).await;
    let call = json!([{"type": "tool_use", "name": "linear__list_teams", "input": {}}]);
    script(&server, json!([{"content": call, "times": 5}])).await;
    let run = ann.run(json!({"prompt": "Go on", "budget": {"steps": 1}})).await;
    assert_eq!(run["reason"], "steps_used");
    assert_eq!(called(&server, "linear").await.len(), 1);
}

/// Tokens are counted over all answers; the one that passes the budget is the last.
#[tokio::test]
async fn tokens_end_a_run() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams"]).await;
    let run = ann.run(json!({"prompt": "linear__list_teams", "budget": {"tokens": 100}})).await;
    assert_eq!((&run["state"], &run["reason"]), (&json!("failed"), &json!("tokens_used")));
    assert_eq!(asked(&server).await.len(), 1);
}

/// A tool that never answers is given up at the end of the run's time.
#[tokio::test]
async fn seconds_end_a_run() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let hanging = json!({"tools": [{"definition": {"name": "wait"}, "does": {"hang": true}}]});
    server.sandbox.control("linear/mcp", hanging).await;
    ann.allow_of_connection(&["wait"]).await;
    let run = ann.run(json!({"prompt": "linear__wait", "budget": {"seconds": 1}})).await;
    assert_eq!((&run["state"], &run["reason"]), (&json!("failed"), &json!("time_used")));
}

/// Of results beyond the budget the model reads that there is no room for them, and goes on.
#[tokio::test]
async fn results_beyond_the_budget_are_not_read() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let long = json!({"tools": [{"definition": {"name": "long"}, "does": {"text": "x".repeat(5000)}}]});
    server.sandbox.control("linear/mcp", long).await;
    ann.allow_of_connection(&["long"]).await;
    let run = ann.run(json!({"prompt": "linear__long", "budget": {"result_bytes": 1000}})).await;
    assert_eq!(run["state"], "completed");
    let read = run["turns"][2]["content"][0]["content"][0]["text"].as_str().unwrap();
    assert!(read.contains("the run's budget for results is used up") && read.len() < 1200, "{}", read.len());
}
