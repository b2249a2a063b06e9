//! The agent acts for the person: only what they have allowed, and only until they say stop.

use super::{
    connect::Connection,
    http::{send, text},
    narrate::{Seen, note},
    person::Person,
    scene::Scene,
};
use anyhow::{Context, Result, bail, ensure};
use reqwest::{Method, header::ACCEPT};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const TOOLS: [&str; 2] = ["list_issues", "create_comment"];
/// Of a cancelled run.
const PATIENCE: Duration = Duration::from_secs(10);

async fn run(scene: &Scene, person: &Person, prompt: &str) -> Result<Value> {
    let asked = person.ask(scene, Method::POST, "/agent/run").json(&json!({ "prompt": prompt }));
    let run = send(asked).await?.expect(200)?.json()?;
    ensure!(run["state"] == "completed", "the run is {} because of {}", run["state"], run["reason"]);
    Ok(run)
}

/// Nothing is allowed until it is allowed.
pub async fn two_tools_are_allowed(scene: &Scene, person: &Person, linear: &Connection) -> Result<Seen<()>> {
    let before = run(scene, person, "linear__list_issues").await?;
    ensure!(
        before["turns"].as_array().is_some_and(|turns| turns.len() == 2),
        "a tool was called before one was allowed"
    );
    let found = send(person.ask(scene, Method::GET, "/agent/tools")).await?.expect(200)?.json()?;
    let sources = found["sources"].as_array().context("the answer has no sources")?;
    let source = sources.iter().find(|source| source["id"] == *linear.id).context("Linear's server is not found")?;
    let tools = source["tools"].as_array().context("Linear's server has no tools")?;
    let entry = |name: &&str| {
        let tool = tools.iter().find(|tool| tool["name"] == *name)?;
        Some(json!({"source": linear.id, "name": name, "fingerprint": tool["fingerprint"], "approval": "never"}))
    };
    let entries: Option<Vec<Value>> = TOOLS.iter().map(entry).collect();
    let list = json!({"tools": entries.context("a tool is missing")?});
    send(person.ask(scene, Method::PUT, "/agent/tools").json(&list)).await?.expect(200)?;
    Ok((format!("{} of {} tools of Linear's server: {}", TOOLS.len(), tools.len(), TOOLS.join(" and ")), ()))
}

/// The model is the sandbox's: it calls the tool that the prompt names.
pub async fn reads_and_comments(scene: &Scene, person: &Person) -> Result<Seen<()>> {
    let read = run(scene, person, "Which issue changed last? linear__list_issues {\"limit\": 1}").await?;
    let result = text(&read, "/turns/2/content/0/content/0/text")?;
    let issue = result.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let issue = text(&issue.context("the tool's answer is not JSON")?, "/issues/0/id")?;
    note(&format!("the agent has read issue {issue}, in {} steps", read["usage"]["steps"]));
    let comment = json!({"issueId": issue, "body": "Read by the agent"});
    run(scene, person, &format!("linear__create_comment {comment}")).await?;
    let state =
        send(scene.web.get(format!("{}/_control/linear/mcp/requests", scene.sandbox))).await?.expect(200)?.json()?;
    let calls = state["requests"].as_array().context("the sandbox notes no requests")?;
    let written = calls.iter().any(|call| call["body"]["params"]["arguments"] == comment && call["status"] == 200);
    ensure!(written, "the comment has not come to Linear");
    // A tool that is there and not allowed.
    let refused = run(scene, person, "linear__create_issue {\"title\": \"not allowed\"}").await?;
    ensure!(refused["turns"].as_array().is_some_and(|turns| turns.len() == 2), "a tool was called that is not allowed");
    Ok((format!("one issue read, one comment written; the first cost {} $", read["usage"]["cost_usd"]), ()))
}

/// The model is told to fall silent in the middle, so that there is something to cancel.
pub async fn is_cancelled(scene: &Scene, person: &Person) -> Result<Seen<()>> {
    scene.control("anthropic/script", &json!({"answers": [{"flaw": "stalls"}]})).await?;
    let request = person.ask(scene, Method::POST, "/agent/run").header(ACCEPT, "text/event-stream");
    let mut stream = request.json(&json!({"prompt": "Take your time"})).send().await?;
    let mut told = String::new();
    while !told.contains("event: text") {
        let Some(piece) = stream.chunk().await? else { bail!("the stream ended before the model spoke: {told}") };
        told.push_str(&String::from_utf8_lossy(&piece));
    }
    let first = told.lines().find_map(|line| line.strip_prefix("data: ")).context("the stream names no run")?;
    let id = text(&serde_json::from_str(first)?, "/id")?;
    let began = Instant::now();
    send(person.ask(scene, Method::POST, &format!("/agent/runs/{id}/cancel"))).await?.expect(200)?;
    while let Some(piece) = stream.chunk().await? {
        told.push_str(&String::from_utf8_lossy(&piece));
        ensure!(began.elapsed() < PATIENCE, "the run goes on");
    }
    let run = send(person.ask(scene, Method::GET, &format!("/agent/runs/{id}"))).await?.expect(200)?.json()?;
    ensure!(run["state"] == "cancelled", "the run is {}", run["state"]);
    Ok((format!("run {id} ended {:.1} s after the word", began.elapsed().as_secs_f32()), ()))
}
