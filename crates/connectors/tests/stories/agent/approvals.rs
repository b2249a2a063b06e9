//! Calls that the person is asked about.

use super::{Person, called, rest, server, until};
use chrono::TimeDelta;
use serde_json::{Value, json};

const PROMPT: &str = "linear__create_issue {\"title\": \"From the agent\", \"team\": \"ENG\"}";

async fn asking(ann: &Person<'_>) {
    let mut entry = ann.entry(&ann.connection, "create_issue").await;
    entry["approval"] = "each_call".into();
    ann.allow(&[entry]).await;
}

fn path(run: &Value, call: &Value) -> String {
    format!("/agent/runs/{}/approvals/{}", run.as_str().unwrap(), call.as_str().unwrap())
}

/// The run waits, the person says yes, and only then the call is made.
#[tokio::test]
async fn a_call_waits_for_a_yes() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    asking(&ann).await;
    let mut stream = ann.stream(json!({ "prompt": PROMPT })).await;
    let run = until(&mut stream, "run").await.data["id"].clone();
    let asked = until(&mut stream, "approval").await.data;
    assert_eq!(asked["name"], "linear__create_issue");
    assert!(called(&server, "linear").await.is_empty());
    let waiting = ann.look(&run).await;
    assert_eq!(waiting["state"], "awaiting_approval");
    assert_eq!(waiting["approvals"][0]["arguments"]["title"], "From the agent");
    let yes = json!({"decision": "approve"});
    ann.client.post(&path(&run, &asked["id"]), &yes).await.with(200);
    // Saying it again is saying it once, and saying the other is too late.
    ann.client.post(&path(&run, &asked["id"]), &yes).await.with(200);
    let no = ann.client.post(&path(&run, &asked["id"]), &json!({"decision": "refuse"})).await;
    assert_eq!(no.problem(), (409, "CONFLICT".to_owned()));
    let done = rest(&mut stream).await.pop().unwrap().data;
    assert_eq!((&done["state"], &done["approvals"][0]["decision"]), (&json!("completed"), &json!("approved")));
    assert_eq!(called(&server, "linear").await.len(), 1);
}

/// A no is read by the model, and nothing is called.
#[tokio::test]
async fn a_no_is_kept() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    asking(&ann).await;
    // Without a stream the answer comes when the person is asked, and the run waits on.
    let waiting = ann.run(json!({ "prompt": PROMPT })).await;
    assert_eq!(waiting["state"], "awaiting_approval");
    let call = &waiting["approvals"][0]["call_id"];
    // At another process.
    let (_other, url) = server.second().await;
    let elsewhere = ann.client.at(&url);
    elsewhere.post(&path(&waiting["id"], call), &json!({"decision": "refuse"})).await.with(200);
    let done = ann.ended(&waiting["id"]).await;
    assert_eq!(done["state"], "completed");
    assert!(done["text"].as_str().unwrap().contains("The person has refused this call."));
    assert!(called(&server, "linear").await.is_empty());
}

/// Who says nothing for ten minutes has not approved.
#[tokio::test]
async fn silence_is_no_yes() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    asking(&ann).await;
    let waiting = ann.run(json!({ "prompt": PROMPT })).await;
    server.clock.advance(TimeDelta::minutes(11));
    let done = ann.ended(&waiting["id"]).await;
    assert_eq!(done["approvals"][0]["decision"], "unanswered");
    assert!(called(&server, "linear").await.is_empty());
    let late = path(&waiting["id"], &waiting["approvals"][0]["call_id"]);
    let late = ann.client.post(&late, &json!({"decision": "approve"})).await;
    assert_eq!(late.problem(), (409, "CONFLICT".to_owned()));
}

/// Another person can neither see the question nor answer it.
#[tokio::test]
async fn nobody_else_decides() {
    let server = server().await;
    let (ann, ben) = (Person::with(&server, "linear", "ann").await, Person::with(&server, "linear", "ben").await);
    asking(&ann).await;
    let waiting = ann.run(json!({ "prompt": PROMPT })).await;
    let (run, call) = (&waiting["id"], &waiting["approvals"][0]["call_id"]);
    let theirs = ben.client.post(&path(run, call), &json!({"decision": "approve"})).await;
    assert_eq!(theirs.problem(), (404, "APPROVAL_NOT_FOUND".to_owned()));
    assert_eq!(ben.client.get(&format!("/agent/runs/{}", run.as_str().unwrap())).await.status, 404);
    let cancel = ben.client.post_nothing(&format!("/agent/runs/{}/cancel", run.as_str().unwrap())).await;
    assert_eq!(cancel.problem(), (404, "RUN_NOT_FOUND".to_owned()));
    assert_eq!(ann.look(run).await["state"], "awaiting_approval");
    let unknown = ann.client.post(&path(run, &json!("toolu_other")), &json!({"decision": "approve"})).await;
    assert_eq!(unknown.problem(), (404, "APPROVAL_NOT_FOUND".to_owned()));
}
