//! The two eras of the protocol on one address.

use super::{MODERN, Person, call, client_of, names, post};
use crate::support::Server;
use serde_json::{Value, json};

/// Legacy: initialize, a notification without an answer, the list, a call; no session, no stream.
#[tokio::test]
async fn the_legacy_era() {
    let server = Server::start().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_issues"]).await;
    let client = client_of(&server, ann.user);
    let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}});
    let answer = post(&client, &hello).await;
    assert_eq!(answer.header("mcp-session-id"), None);
    let result = answer.with(200)["result"].clone();
    assert_eq!(result["protocolVersion"], "2025-11-25");
    assert_eq!(result["serverInfo"]["name"], "connectors");
    assert!(result["capabilities"]["tools"].is_object() && result["instructions"].is_string());
    let told = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let answer = post(&client.with("mcp-protocol-version", "2025-11-25"), &told).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (202, ""));

    assert_eq!(names(&client).await, ["linear__list_issues"]);
    let called = call(&client, "linear__list_issues", json!({"limit": 1})).await;
    let text = called["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{called}"));
    let structured: Value = serde_json::from_str(text).unwrap();
    assert_eq!(called["result"]["structuredContent"], structured);
    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        let answer = client.send(method.clone(), "/mcp", "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("POST")), "{method}");
    }
}

/// Modern: no opening; what the headers say has to be what the body says.
#[tokio::test]
async fn the_modern_era() {
    let server = Server::start().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams"]).await;
    let client = client_of(&server, ann.user).with("mcp-protocol-version", MODERN);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let ask = async |method: &str, header: &str, name: Option<&str>| {
        let mut params = json!({ "_meta": meta });
        if let Some(name) = name {
            params["name"] = name.into();
            params["arguments"] = json!({});
        }
        let client = client.with("mcp-method", header);
        let client = name.map_or_else(|| client.clone(), |name| client.with("mcp-name", name));
        post(&client, &json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params})).await
    };
    let discovered = ask("server/discover", "server/discover", None).await.with(200);
    assert!(discovered["result"]["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)), "{discovered}");
    let listed = ask("tools/list", "tools/list", None).await.with(200)["result"].clone();
    assert_eq!(listed["tools"][0]["name"], "linear__list_teams");
    assert_eq!((&listed["resultType"], &listed["cacheScope"]), (&json!("complete"), &json!("private")), "{listed}");
    let called = ask("tools/call", "tools/call", Some("linear__list_teams")).await.with(200);
    assert_eq!(called["result"]["resultType"], "complete", "{called}");
    let differs = ask("tools/call", "tools/list", Some("linear__list_teams")).await.with(400);
    assert_eq!(differs["error"]["code"], -32020, "{differs}");
    let unknown = ask("tools/nothing", "tools/nothing", None).await.with(404);
    assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
}

/// What a client does wrong, it is told in the protocol's words; what the model did wrong, the model.
#[tokio::test]
async fn faults_are_told_to_whom_they_concern() {
    let server = Server::start().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let mut entry = ann.entry(&ann.connection, "get_issue").await;
    entry["arguments"] = json!({"/id": {"prefix": "ENG-"}});
    let mut asks = ann.entry(&ann.connection, "create_issue").await;
    asks["approval"] = "each_call".into();
    ann.allow(&[entry, asks]).await;
    let client = client_of(&server, ann.user);
    // A tool that asks its person each time is for runs.
    assert_eq!(names(&client).await, ["linear__get_issue"]);
    for name in ["linear__create_issue", "linear__list_issues", "list_issues", "nope"] {
        let refused = call(&client, name, json!({"title": "x"})).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    let outside = call(&client, "linear__get_issue", json!({"id": "OPS-1"})).await["result"].clone();
    assert_eq!(outside["isError"], true);
    assert!(outside["content"][0]["text"].as_str().unwrap().contains("begins with \"ENG-\""), "{outside}");
    let missing = call(&client, "linear__get_issue", json!({"id": "ENG-nothing"})).await["result"].clone();
    assert_eq!(missing["isError"], true, "{missing}");

    let refused = post(&client, &json!([])).await;
    assert_eq!(refused.status, 400);
    let text = server.anonymous().with("accept", "application/json, text/event-stream");
    let plain_text = text.bearer(&server.people.token(ann.user)).with("content-type", "text/plain");
    assert_eq!(post(&plain_text, &json!({})).await.status, 415);
    let only_json = server.anonymous().with("accept", "application/json").with("content-type", "application/json");
    let only_json = only_json.bearer(&server.people.token(ann.user));
    assert_eq!(post(&only_json, &json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})).await.status, 406);
}

/// Who asks for progress hears of it before the answer.
#[tokio::test]
async fn progress_is_passed_on() {
    let server = Server::start().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let slow = json!({"tools": [{"definition": {"name": "slow"}, "does": {"progress": 3, "text": "done"}}]});
    server.sandbox.control("linear/mcp", slow).await;
    ann.allow_of_connection(&["slow"]).await;
    let params = json!({"name": "linear__slow", "arguments": {}, "_meta": {"progressToken": "p1"}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let client = client_of(&server, ann.user).with("mcp-protocol-version", "2025-11-25");
    let answer = post(&client, &body).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"), "{}", answer.text);
    let messages: Vec<Value> = answer
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .collect();
    let progress: Vec<&Value> =
        messages.iter().filter(|it| it["method"] == "notifications/progress").map(|it| &it["params"]).collect();
    assert!(!progress.is_empty() && progress.iter().all(|it| it["progressToken"] == "p1"), "{messages:?}");
    assert_eq!(messages.last().unwrap()["result"]["content"][0]["text"], "done");
}
