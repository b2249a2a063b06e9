//! The tools of this service: what they tell is what the person reads over REST.

use super::{allow_everything, call, connected, somebody, text, toolbox};
use crate::support::Server;
use kernel::SignalKind;
use serde_json::{Value, json};
use uuid::Uuid;

/// Lists, filters, pages and cursors are the same by both ways, and the text is the structured result.
#[tokio::test]
async fn a_tool_answers_as_rest_does() {
    let server = Server::start().await;
    let (user, member) = somebody(&server);
    server.sandbox.change("atlassian", "ann", json!({"kind": "issue", "op": "create", "count": 7})).await;
    let jira = connected(&server, &member, "jira", "ann").await;
    connected(&server, &member, "linear", "ann").await;
    server.sync().await;
    for n in 0..5 {
        server.signal(user.as_uuid(), "linear", SignalKind::IssueCreated, &format!("i{n}")).await;
    }
    allow_everything(&member).await;
    let toolbox = toolbox(&server, user).await;
    let id = jira["id"].as_str().unwrap();
    let mut cases = vec![
        ("list_connections", json!({}), "/connections?limit=20".to_owned()),
        ("list_connections", json!({"provider": "jira", "limit": 1}), "/connections?provider=jira&limit=1".to_owned()),
        ("list_streams", json!({"connection_id": id}), format!("/connections/{id}/streams")),
        ("query_signals", json!({}), "/signals?limit=20".to_owned()),
        (
            "query_signals",
            json!({"kind": "issue_created", "provider": "linear", "include_payload": true, "limit": 50}),
            "/signals?kind=issue_created&provider=linear&include_payload=true&limit=50".to_owned(),
        ),
        (
            "query_signals",
            json!({"connection_id": id, "occurred_after": "2020-01-01T00:00:00Z", "cursor": null}),
            format!("/signals?connection_id={id}&occurred_after=2020-01-01T00:00:00Z&limit=20"),
        ),
        (
            "read_records",
            json!({"connection_id": id, "stream": "issues"}),
            format!("/connections/{id}/records/issues?include_data=false&limit=20"),
        ),
        (
            "read_records",
            json!({"connection_id": id, "stream": "issues", "include_data": true, "include_deleted": true, "limit": 2}),
            format!("/connections/{id}/records/issues?include_deleted=true&limit=2"),
        ),
    ];
    // The second pages, by the cursors of the first.
    let first = member.get("/signals?kind=issue_created&limit=2").await.with(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = json!({"kind": "issue_created", "limit": 2, "cursor": cursor});
    cases.push(("query_signals", second, format!("/signals?kind=issue_created&limit=2&cursor={cursor}")));
    for (tool, arguments, path) in cases {
        let outcome = call(&toolbox, &format!("connectors__{tool}"), arguments).await;
        assert!(!outcome.is_error, "{tool}: {outcome:?}");
        let rest = member.get(&path).await.with(200);
        let structured = outcome.structured.clone().unwrap();
        let is_empty = structured.as_object().unwrap().values().all(|value| value == &json!([]) || value.is_null());
        assert!(!is_empty || path.contains("connection_id"), "{path}");
        assert_eq!(structured, rest, "{path}");
        assert_eq!(serde_json::from_str::<Value>(text(&outcome)).unwrap(), rest, "{path}");
    }
}

/// What is wrong is said in a sentence that a model can act on.
#[tokio::test]
async fn a_wrong_call_is_told_what_to_do() {
    let server = Server::start().await;
    let (user, member) = somebody(&server);
    allow_everything(&member).await;
    let toolbox = toolbox(&server, user).await;
    for (tool, arguments, why) in [
        ("list_connections", json!({"limit": 51}), "limit: must be a whole number from 1 to 50."),
        ("list_connections", json!({"provider": "nothing"}), "provider: No provider has this name."),
        ("query_signals", json!({"kind": "nothing"}), "kind: No signal is of this kind."),
        (
            "query_signals",
            json!({"occurred_after": "today"}),
            "occurred_after: must be RFC 3339, as 2026-01-02T03:04:05Z",
        ),
        ("query_signals", json!({"cursor": "x"}), "cursor: The cursor is not of this query; start again without one."),
        ("read_records", json!({"stream": "issues"}), "connection_id: is required."),
        ("list_streams", json!({"connection_id": "x"}), "connection_id: must be a UUID."),
        ("list_streams", json!({"connection_id": Uuid::now_v7()}), "No connection with this id exists for the tenant."),
    ] {
        let outcome = call(&toolbox, &format!("connectors__{tool}"), arguments).await;
        assert_eq!((outcome.is_error, text(&outcome)), (true, why));
    }
}

/// What is another's answers like what does not exist, by every tool, and nothing is sent to a vendor.
#[tokio::test]
async fn what_is_anothers_does_not_exist() {
    let server = Server::start().await;
    let ((_, ada), (user, bob)) = (somebody(&server), somebody(&server));
    let theirs = connected(&server, &ada, "linear", "ann").await;
    let tenant = server.tenant().await;
    let shared = server.connected(tenant, "github", "cy").await;
    server.signal(tenant, "github", SignalKind::IssueCreated, "secret plan").await;
    allow_everything(&bob).await;
    let toolbox = toolbox(&server, user).await;
    let calls = server.sandbox.count("linear", "api_calls").await + server.sandbox.count("github", "api_calls").await;
    let told = async |tool: &str, id: &Value| {
        let mut arguments = json!({"connection_id": id});
        match tool {
            "read_records" => arguments["stream"] = "issues".into(),
            "call_vendor_api" => (arguments["method"], arguments["path"]) = ("GET".into(), "user".into()),
            _ => {}
        }
        call(&toolbox, &format!("connectors__{tool}"), arguments).await
    };
    for tool in ["list_streams", "read_records", "call_vendor_api", "query_signals"] {
        let unknown = told(tool, &json!(Uuid::now_v7())).await;
        for foreign in [&theirs["id"], &shared["id"]] {
            assert_eq!(told(tool, foreign).await, unknown, "{tool}");
        }
        assert_eq!(unknown.is_error, tool != "query_signals");
    }
    for (tool, list) in [("list_connections", "connections"), ("query_signals", "signals")] {
        let outcome = call(&toolbox, &format!("connectors__{tool}"), json!({})).await;
        assert_eq!(outcome.structured.unwrap()[list], json!([]));
    }
    let after = server.sandbox.count("linear", "api_calls").await + server.sandbox.count("github", "api_calls").await;
    assert_eq!(after, calls);
}
