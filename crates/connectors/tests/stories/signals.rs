//! Reading signals while more of them arrive.

use crate::support::{Client, Deliveries, Server, octokit_examples};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn all(caller: &Client, query: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("/signals?limit=100&{query}{cursor}")).await.with(200);
        found.extend(page["signals"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

async fn filled(server: &Server, tenant: uuid::Uuid) -> Client {
    let github = Deliveries::to(server, &format!("/webhooks/github/{tenant}"));
    for (number, (event, payload)) in octokit_examples().iter().enumerate() {
        if ["issues", "issue_comment", "pull_request", "push", "release"].contains(&event.as_str()) {
            github.send(event, &number.to_string(), payload).await.with(200);
        }
    }
    server.read_deliveries().await;
    server.operator(tenant)
}

/// Pages of seven, while older, newer and simultaneous signals are written between them: what was there at the first
/// page comes exactly once, newest first.
#[tokio::test]
async fn paging_neither_skips_nor_repeats() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = filled(&server, tenant).await;
    let at_first: Vec<Value> = all(&operator, "").await.iter().map(|signal| signal["id"].clone()).collect();
    assert!(at_first.len() > 60, "{}", at_first.len());
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let (mut seen, mut cursor, mut written) = (Vec::new(), String::new(), 0);
    loop {
        let page = operator.get(&format!("/signals?limit=7{cursor}")).await.with(200);
        let signals = page["signals"].as_array().unwrap();
        assert!(signals.len() == 7 || page["next_cursor"].is_null());
        seen.extend(signals.iter().cloned());
        for time in
            ["2015-01-01T00:00:00Z", "2030-01-01T00:00:00Z", seen.last().unwrap()["occurred_at"].as_str().unwrap()]
        {
            written += 1;
            let push = json!({
                "ref": "refs/heads/main", "after": format!("{written:040}"), "before": "0".repeat(40),
                "repository": {"id": 1, "full_name": "a/b"}, "head_commit": {"timestamp": time}, "commits": [],
            });
            if written < 60 {
                github.send("push", &format!("more-{written}"), &push).await.with(200);
            }
        }
        server.read_deliveries().await;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let ids: Vec<Value> = seen.iter().map(|signal| signal["id"].clone()).collect();
    let unique: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(unique.len(), ids.len(), "no id twice");
    assert_eq!(ids.iter().filter(|id| at_first.contains(id)).cloned().collect::<Vec<_>>(), at_first);
    let times: Vec<DateTime<Utc>> =
        seen.iter().map(|one| one["occurred_at"].as_str().unwrap().parse().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
}

/// Every filter brings what holds its condition, all of it, and they can be combined.
#[tokio::test]
async fn every_filter_holds() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = filled(&server, tenant).await;
    let linear = server.connected(tenant, "linear", "ann").await;
    let payload = json!({
        "type": "Issue", "action": "create", "organizationId": linear["org_id"], "createdAt": "2026-01-02T03:04:05.678Z",
        "data": {"id": "i1", "identifier": "ENG-7", "title": "It broke"},
    });
    let order = json!({"path": "/webhooks/linear", "event": "Issue", "payload": payload});
    server.sandbox.webhook("linear", order).await;
    server.read_deliveries().await;
    let everything = all(&operator, "").await;
    let at = |signal: &Value| signal["occurred_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let middle = at(&everything[everything.len() / 2]);
    let text = middle.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let offset = middle.with_timezone(&chrono::FixedOffset::east_opt(7200).unwrap()).to_rfc3339();
    let id = linear["id"].as_str().unwrap();
    let check = async |query: &str, holds: &dyn Fn(&Value) -> bool| {
        let expected: Vec<Value> = everything.iter().filter(|signal| holds(signal)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < everything.len(), "{query} tells nothing apart");
        assert_eq!(all(&operator, query).await, expected, "{query}");
    };
    check("provider=linear", &|one| one["provider"] == "linear").await;
    check("provider=github", &|one| one["provider"] == "github").await;
    check("kind=push", &|one| one["kind"] == "push").await;
    check(&format!("connection_id={id}"), &|one| one["connection_id"] == id).await;
    check(&format!("occurred_after={text}"), &|one| at(one) >= middle).await;
    check(&format!("occurred_before={text}"), &|one| at(one) < middle).await;
    // The plus of an offset, written as it is and as a form would.
    check(&format!("occurred_after={offset}"), &|one| at(one) >= middle).await;
    check(&format!("occurred_after={}", offset.replace('+', "%2B")), &|one| at(one) >= middle).await;
    check(&format!("kind=issue_updated&occurred_before={text}"), &|one| {
        one["kind"] == "issue_updated" && at(one) < middle
    })
    .await;
    assert_eq!(all(&operator, "provider=linear&kind=push").await, [Value::Null; 0]);
    assert!(everything.iter().all(|one| one.get("payload").is_none()));
    let with = all(&operator, "provider=linear&kind=issue_created&include_payload=true").await;
    assert_eq!(with[0]["payload"]["data"], payload["data"]);
}
