//! Several runs in one conversation.

use super::{Person, asked, script, server, until};
use serde_json::{Value, json};

/// A second prompt goes on where the first ended, and another person cannot.
#[tokio::test]
async fn a_thread_goes_on() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams"]).await;
    let first = ann.say("linear__list_teams").await;
    let second = ann.run(json!({"prompt": "And now?", "thread_id": first["thread_id"]})).await;
    assert_eq!(second["thread_id"], first["thread_id"]);
    assert_ne!(second["id"], first["id"]);
    let last = asked(&server).await.pop().unwrap();
    let turns = last["body"]["messages"].as_array().unwrap();
    assert_eq!(turns.len(), 5);
    assert_eq!(turns[0]["content"][0]["text"], "linear__list_teams");
    assert_eq!(second["turns"].as_array().unwrap().len(), 2, "a run's transcript is its own");
    let path = format!("/agent/runs?thread_id={}", first["thread_id"].as_str().unwrap());
    assert_eq!(ann.client.get(&path).await.with(200)["runs"].as_array().unwrap().len(), 2);

    let ben = Person::with(&server, "linear", "ben").await;
    let theirs = json!({"prompt": "And now?", "thread_id": first["thread_id"]});
    let refused = server.unchanged(ben.client.post("/agent/run", &theirs)).await;
    assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()));
    assert!(ben.client.get(&path).await.with(200)["runs"].as_array().unwrap().is_empty());
}

/// A run that was cancelled in the middle of a call leaves a thread that can go on: the API takes no call without a result.
#[tokio::test]
async fn a_thread_survives_a_cancelled_call() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let hanging = json!({"tools": [{"definition": {"name": "wait"}, "does": {"hang": true}}]});
    server.sandbox.control("linear/mcp", hanging).await;
    ann.allow_of_connection(&["wait"]).await;
    let mut stream = ann.stream(json!({"prompt": "linear__wait"})).await;
    let id = until(&mut stream, "run").await.data["id"].clone();
    until(&mut stream, "tool_call").await;
    ann.client.post_nothing(&format!("/agent/runs/{}/cancel", id.as_str().unwrap())).await.with(200);
    assert_eq!(until(&mut stream, "done").await.data["state"], "cancelled");
    let next = ann.run(json!({"prompt": "Never mind", "thread_id": id})).await;
    assert_eq!(next["state"], "completed", "{next}");
}

/// One run at a time in a thread, four of a person.
#[tokio::test]
async fn runs_that_go_on_are_counted() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    script(&server, json!([{"flaw": "stalls", "times": 4}])).await;
    let mut streams = Vec::new();
    let mut thread = Value::Null;
    for _ in 0..4 {
        let mut stream = ann.stream(json!({"prompt": "Hello"})).await;
        thread = until(&mut stream, "run").await.data["thread_id"].clone();
        until(&mut stream, "text").await;
        streams.push(stream);
    }
    let refused = server.unchanged(ann.client.post("/agent/run", &json!({"prompt": "Hello"}))).await;
    assert_eq!(refused.problem(), (429, "TOO_MANY_RUNS".to_owned()));
    drop(streams.remove(0));
    let first = ann.client.get("/agent/runs?limit=4").await.with(200)["runs"][3]["id"].clone();
    let gone = ann.ended(&first).await;
    assert_eq!((&gone["state"], &gone["reason"]), (&json!("cancelled"), &json!("caller_left")));
    let busy = json!({"prompt": "Hello", "thread_id": thread});
    let refused = server.unchanged(ann.client.post("/agent/run", &busy)).await;
    assert_eq!(refused.problem(), (409, "CONFLICT".to_owned()));
    assert_eq!(ann.say("Hello").await["state"], "completed");
}
