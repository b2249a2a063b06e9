//! What a vendor keeps is fetched, and only what changes in it is told.

use super::{
    connect::{self, Connection},
    http::send,
    narrate::Seen,
    person::Person,
    scene::Scene,
    signals,
    vend::Vendor,
};
use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ISSUES: usize = 5000;
const CHANGED: usize = 10;
const STREAM: &str = "issues";
/// A hundred pages, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(2);
/// The person has a hundred requests a minute for the whole story.
const GLANCE: Duration = Duration::from_secs(1);

/// The person has issues there before we come.
pub async fn connect(scene: &Scene, person: &Person) -> Result<Seen<(Connection, Vec<String>)>> {
    let order = json!({"account": person.account, "kind": "issue", "op": "create", "count": ISSUES});
    let made = scene.control("linear/data", &order).await?;
    let ids = made["ids"].as_array().context("the sandbox names no ids")?;
    let ids: Vec<String> = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    ensure!(ids.len() == ISSUES, "the sandbox has made {} issues", ids.len());
    let (seen, connection) = connect::connect(scene, person, Vendor::Linear).await?;
    Ok((format!("{seen}, where there are {ISSUES} issues"), (connection, ids)))
}

async fn stream(scene: &Scene, person: &Person, connection: &Connection) -> Result<Value> {
    let request = person.ask(scene, Method::GET, &format!("/connections/{}/streams", connection.id));
    let list = send(request).await?.expect(200)?.json()?;
    let found = list["streams"].as_array().into_iter().flatten().find(|stream| stream["name"] == STREAM);
    found.cloned().with_context(|| format!("the connection has no stream {STREAM}"))
}

/// Waits until a run has ended that is not the one which ended `before`.
async fn fetched(scene: &Scene, person: &Person, connection: &Connection, before: &Value) -> Result<Value> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let stream = stream(scene, person, connection).await?;
        if stream["finished_at"].is_string() && stream["finished_at"] != *before {
            return Ok(stream);
        }
        tokio::time::sleep(GLANCE).await;
    }
    bail!("the stream does not come to its end")
}

pub async fn everything_is_fetched(scene: &Scene, person: &Person, linear: &Connection) -> Result<Seen<()>> {
    let stream = fetched(scene, person, linear, &Value::Null).await?;
    ensure!(stream["records"] == ISSUES, "{} records are there", stream["records"]);
    let path = format!("/connections/{}/records/{STREAM}?limit=1", linear.id);
    let page = send(person.ask(scene, Method::GET, &path)).await?.expect(200)?.json()?;
    let shape = &page["records"][0]["shape"];
    ensure!(shape["type"] == "issue", "the first record is {shape}");
    let told = signals::all(scene, person, 100, &[("connection_id", &linear.id), ("kind", "issue_created")]).await?;
    ensure!(told.is_empty(), "what was there before is told as news");
    Ok((
        format!(
            "{ISSUES} records on {} pages, the first is {}; nothing is told",
            stream["last_run"]["pages"], shape["key"]
        ),
        (),
    ))
}

pub async fn what_changes_is_told(
    scene: &Scene,
    person: &Person,
    linear: &Connection,
    ids: &[String],
) -> Result<Seen<()>> {
    let filter = [("connection_id", linear.id.as_str()), ("kind", "issue_updated")];
    let before = signals::all(scene, person, 100, &filter).await?.len();
    let ended = stream(scene, person, linear).await?["finished_at"].clone();
    for id in ids.iter().step_by(ids.len() / CHANGED).take(CHANGED) {
        let item = json!({"title": "The roses unfold"});
        let order = json!({"account": person.account, "kind": "issue", "op": "update", "id": id, "item": item});
        scene.control("linear/data", &order).await?;
    }
    let asked = person.ask(scene, Method::POST, &format!("/connections/{}/sync", linear.id));
    send(asked.json(&json!({ "streams": [STREAM] }))).await?.expect(202)?;
    let stream = fetched(scene, person, linear, &ended).await?;
    let told = signals::all(scene, person, 100, &filter).await?.len() - before;
    ensure!(told == CHANGED, "{told} signals tell of {CHANGED} changes");
    ensure!(stream["last_run"]["updated"] == CHANGED, "{} records were written", stream["last_run"]["updated"]);
    Ok((format!("{CHANGED} changed, {} records written, {told} signals", stream["last_run"]["updated"]), ()))
}
