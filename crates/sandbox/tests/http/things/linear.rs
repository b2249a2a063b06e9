//! A workspace's lists, behind GraphQL.

use super::each;
use crate::support::{Answer, LINEAR, Sandbox, config, start};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

struct Workspace {
    sandbox: Sandbox,
    token: String,
}

async fn workspace() -> Workspace {
    let sandbox = start(config()).await;
    let (token, _) = sandbox.connect(LINEAR).await;
    Workspace { sandbox, token }
}

impl Workspace {
    async fn ask(&self, query: &str, variables: Value) -> Answer {
        let body = json!({"query": query, "variables": variables});
        self.sandbox.send(Method::POST, "/linear/graphql", &self.token, body).await
    }

    async fn list(&self, list: &str, arguments: &str, fields: &str) -> Value {
        let query = format!("{{ {list}{arguments} {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}");
        let answer = self.ask(&query, json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["data"][list].clone()
    }

    async fn refused(&self, list: &str, arguments: &str, fields: &str) -> String {
        let query = format!("{{ {list}{arguments} {{ nodes {{ {fields} }} }} }}");
        let body = self.ask(&query, json!({})).await.body;
        body["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    }
}

/// The newest first, by either time, narrowed by when they were updated; what is archived only if it is asked for.
#[tokio::test]
async fn entries_are_listed_in_pages() {
    let ann = workspace().await;
    let mut ids = Vec::new();
    for at in ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"] {
        let done = ann.sandbox.change("linear", json!({"kind": "issue", "op": "create", "at": at})).await;
        ids.push(done["ids"][0].as_str().unwrap().to_owned());
    }
    let update = json!({"kind": "issue", "op": "update", "id": ids[0], "at": "2026-01-04T00:00:00Z", "item": {"title": "Fix it"}});
    let item = ann.sandbox.change("linear", update).await["item"].clone();
    assert_eq!((&item["identifier"], &item["updatedAt"]), (&json!("ENG-1"), &json!("2026-01-04T00:00:00.000Z")));
    assert!(item["url"].as_str().unwrap().ends_with("/issue/ENG-1/fix-it"));
    let first = ann.list("issues", "(first: 2)", "id").await;
    assert_eq!(each(&first["nodes"], "id"), [ids[2].clone(), ids[1].clone()]);
    let end = first["pageInfo"]["endCursor"].as_str().unwrap();
    let last = ann.list("issues", &format!("(first: 2, after: \"{end}\")"), "id").await;
    assert_eq!((each(&last["nodes"], "id"), &last["pageInfo"]["hasNextPage"]), (vec![ids[0].clone()], &json!(false)));
    let since = "(orderBy: updatedAt, filter: { updatedAt: { gte: \"2026-01-03T00:00:00Z\" } })";
    assert_eq!(each(&ann.list("issues", since, "id").await["nodes"], "id"), [ids[0].clone(), ids[2].clone()]);
    let archived =
        json!({"kind": "issue", "op": "update", "id": ids[1], "item": {"archivedAt": "2026-01-05T00:00:00Z"}});
    ann.sandbox.change("linear", archived).await;
    ann.sandbox.change("linear", json!({"kind": "issue", "op": "delete", "id": ids[2]})).await;
    assert_eq!(each(&ann.list("issues", "", "id").await["nodes"], "id"), [ids[0].clone()]);
    let all = ann.list("issues", "(includeArchived: true)", "id archivedAt").await;
    assert_eq!((each(&all["nodes"], "id").len(), &all["nodes"][0]["archivedAt"]), (2, &json!("2026-01-05T00:00:00Z")));
}

/// An issue is in the first team and a comment on the first issue, unless they say otherwise; a state brings its times along.
#[tokio::test]
async fn entries_hang_together() {
    let ann = workspace().await;
    let team = json!({"kind": "team", "op": "create", "item": {"key": "GRD", "name": "Gardening"}});
    ann.sandbox.change("linear", team).await;
    let issue = ann.sandbox.change("linear", json!({"kind": "issue", "op": "create"})).await["ids"][0].clone();
    ann.sandbox.change("linear", json!({"kind": "comment", "op": "create", "item": {"body": "Lovely."}})).await;
    ann.sandbox.change("linear", json!({"kind": "project", "op": "create", "item": {"name": "Beds"}})).await;
    let comments = ann.list("comments", "", "body issue { id identifier team { key name } }").await;
    let of = json!({"id": issue, "identifier": "GRD-1", "team": {"key": "GRD", "name": "Gardening"}});
    assert_eq!(comments["nodes"], json!([{"body": "Lovely.", "issue": of}]));
    let project = ann.list("projects", "", "name status { type } teams(first: 5) { nodes { key } }").await;
    assert_eq!(project["nodes"][0], json!({"name": "Beds", "status": {"type": "backlog"}, "teams": {"nodes": []}}));
    let times = async |kind: &str| {
        let state = json!({"kind": "issue", "op": "update", "id": issue, "item": {"state": {"type": kind}}});
        ann.sandbox.change("linear", state).await;
        let issue = ann.list("issues", "", "completedAt canceledAt").await["nodes"][0].clone();
        (issue["completedAt"].is_string(), issue["canceledAt"].is_string())
    };
    assert_eq!(times("completed").await, (true, false));
    assert_eq!(times("canceled").await, (false, true));
    assert_eq!(times("started").await, (false, false));
}

/// What the schema has not is refused before anything is answered, and so is what costs too much.
#[tokio::test]
async fn a_query_that_is_not_right_is_refused() {
    let ann = workspace().await;
    for (arguments, fields, code) in [
        ("", "id colour", "GRAPHQL_VALIDATION_FAILED"),
        ("", "id state", "GRAPHQL_VALIDATION_FAILED"),
        ("(limit: 1)", "id", "INPUT_ERROR"),
        ("(first: 251)", "id", "INPUT_ERROR"),
        ("(after: \"x\")", "id", "INPUT_ERROR"),
        ("(orderBy: title)", "id", "INPUT_ERROR"),
        ("(filter: { title: { eq: \"x\" } })", "id", "INPUT_ERROR"),
        ("(filter: { updatedAt: { gte: \"soon\" } })", "id", "INPUT_ERROR"),
        ("(first: 250)", "id labels { nodes { id name } }", "INPUT_ERROR"),
    ] {
        assert_eq!(ann.refused("issues", arguments, fields).await, code, "{arguments} {fields}");
    }
    assert_eq!(ann.refused("cycles", "", "id").await, "GRAPHQL_VALIDATION_FAILED");
}

/// A used-up budget is a 400 that says when it is whole again, in milliseconds.
#[tokio::test]
async fn a_used_up_budget_says_its_reset() {
    let ann = workspace().await;
    ann.sandbox.control("linear/faults", json!({"on": "api", "kind": "quota_exceeded"})).await;
    let request = ann.sandbox.client.post(ann.sandbox.url("/linear/graphql")).bearer_auth(&ann.token);
    let limited = request.json(&json!({"query": "{ viewer { id } }"})).send().await.unwrap();
    assert_eq!(limited.status(), StatusCode::BAD_REQUEST);
    assert_eq!(limited.headers()["x-ratelimit-complexity-remaining"], "0");
    assert_eq!(limited.headers()["x-ratelimit-complexity-reset"].to_str().unwrap().len(), 13);
    let body = crate::support::answer(limited).await.body;
    assert_eq!(body["errors"][0]["extensions"]["code"], "RATELIMITED");
}
