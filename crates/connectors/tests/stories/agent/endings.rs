//! How runs end that do not end by themselves, and that each of them does.

use super::{Person, asked, script, server, server_at, until};
use crate::support::Process;
use chrono::TimeDelta;
use connectors::workers;
use serde_json::{Value, json};

async fn hanging(ann: &Person<'_>) {
    let hanging = json!({"tools": [{"definition": {"name": "wait"}, "does": {"hang": true}}]});
    ann.server.sandbox.control("linear/mcp", hanging).await;
    ann.allow_of_connection(&["wait"]).await;
}

/// Cancelled at the process that runs it, and at another one; what is under way at the vendor is given up.
#[tokio::test]
async fn a_run_is_cancelled_from_anywhere() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    hanging(&ann).await;
    let (_other, url) = server.second().await;
    for client in [ann.client.clone(), ann.client.at(&url)] {
        let mut stream = ann.stream(json!({"prompt": "linear__wait"})).await;
        let id = until(&mut stream, "run").await.data["id"].clone();
        until(&mut stream, "tool_call").await;
        let path = format!("/agent/runs/{}/cancel", id.as_str().unwrap());
        client.post_nothing(&path).await.with(200);
        let done = until(&mut stream, "done").await.data;
        assert_eq!((&done["state"], &done["reason"]), (&json!("cancelled"), &json!("cancelled")));
        // Once more changes nothing.
        let again = client.post_nothing(&path).await.with(200);
        assert_eq!(again["ended_at"], done["ended_at"]);
    }
}

/// Who closes the connection cancels the run, and the model's stream is closed too.
#[tokio::test]
async fn who_leaves_cancels() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    script(&server, json!([{"flaw": "stalls"}])).await;
    let mut stream = ann.stream(json!({"prompt": "Hello"})).await;
    let id = until(&mut stream, "run").await.data["id"].clone();
    until(&mut stream, "text").await;
    assert_eq!(server.sandbox.count("anthropic", "open_streams").await, 1);
    drop(stream);
    assert_eq!(ann.ended(&id).await["reason"], "caller_left");
    let noticed = async { while server.sandbox.count("anthropic", "open_streams").await != 0 {} };
    tokio::time::timeout(testkit::PATIENCE, noticed).await.expect("the model's stream is closed");
}

/// A model that does not answer fails the run, in a word that says whose part it is, and nothing of its text.
#[tokio::test]
async fn a_models_failures_have_words() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let fault = |kind: &str, times: u32| json!({"on": "api", "kind": kind, "times": times, "retry_after_seconds": 61});
    for (kind, times, word) in [("status_529", 2, "model_busy"), ("status_429", 2, "model_busy")] {
        server.sandbox.control("anthropic/faults", fault(kind, times)).await;
        let run = ann.say("Hello").await;
        assert_eq!((&run["state"], &run["reason"]), (&json!("failed"), &json!(word)), "{kind}");
    }
    script(&server, json!([{"flaw": "refusal"}])).await;
    let run = ann.say("Hello").await;
    assert_eq!((&run["state"], &run["reason"]), (&json!("completed"), &json!("refused")));

    let nowhere = server_at("http://127.0.0.1:9").await;
    let ann = Person::with(&nowhere, "linear", "ann").await;
    let run = ann.say("Hello").await;
    assert_eq!((&run["state"], &run["reason"]), (&json!("failed"), &json!("model_unavailable")));
}

/// A call that was cut off is asked for again with more room, and is made whole.
#[tokio::test]
async fn a_call_that_was_cut_off_is_asked_for_again() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_issues"]).await;
    let call = json!([{"type": "tool_use", "name": "linear__list_issues", "input": {"limit": 2}}]);
    script(&server, json!([{"flaw": "max_tokens", "content": call}, {"content": call}])).await;
    let run = ann.say("Go on").await;
    assert_eq!(run["state"], "completed");
    let room: Vec<u64> = asked(&server).await.iter().map(|it| it["body"]["max_tokens"].as_u64().unwrap()).collect();
    assert_eq!(room, [4096, 16384, 4096]);
}

/// A killed process leaves a run that ends by itself, with all that was said until then, and a thread that can go on.
#[tokio::test]
async fn a_killed_process_leaves_no_run_behind() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    hanging(&ann).await;
    let mut process = Process::of(&server).await;
    let there = ann.client.at(&process.url);
    let mut stream = there.post_stream("/agent/run", &json!({"prompt": "linear__wait"})).await;
    let id = until(&mut stream, "run").await.data["id"].clone();
    until(&mut stream, "tool_call").await;
    process.kill();
    assert_eq!(ann.look(&id).await["state"], "running");
    server.clock.advance(TimeDelta::seconds(61));
    workers::sweep(&server.app).await.unwrap();
    let run = ann.look(&id).await;
    assert_eq!((&run["state"], &run["reason"]), (&json!("failed"), &json!("interrupted")));
    assert_eq!(run["turns"].as_array().unwrap().len(), 2);
    assert_eq!(ann.run(json!({"prompt": "Go on", "thread_id": id})).await["state"], "completed");
}

/// Old runs go with their transcripts, and with the person all of them.
#[tokio::test]
async fn old_runs_are_forgotten() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let old = ann.say("Hello").await;
    server.clock.advance(TimeDelta::days(91));
    // The first token has ended meanwhile.
    let ann = Person { client: server.member(ann.user), ..ann };
    let new = ann.say("Hello").await;
    workers::keep(&server.app).await.unwrap();
    let page = ann.client.get("/agent/runs").await.with(200);
    let ids: Vec<&Value> = page["runs"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert_eq!(ids, [&new["id"]]);
    assert_eq!(ann.client.get(&format!("/agent/runs/{}", old["id"].as_str().unwrap())).await.status, 404);
    let left: i64 =
        sqlx::query_scalar("select count(*) from agent_turns").fetch_one(&server.database.pool).await.unwrap();
    assert_eq!(left, 2);
}
