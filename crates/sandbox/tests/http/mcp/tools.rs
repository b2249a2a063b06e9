//! What the tools find and do.

use super::{Client, client};
use crate::{
    connect::{ATLASSIAN, SLACK, connect_config, text},
    support::{GITHUB, LINEAR, answer, config, start},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// What is changed through the tools is what the API shows, and the other way round.
#[tokio::test]
async fn linears_tools_work_on_the_workspace() {
    let client = client().await;
    let made = client.found("create_issue", json!({"title": "First", "priority": 2})).await;
    assert_eq!((&made["identifier"], &made["priorityLabel"]), (&json!("ENG-1"), &json!("High")));
    client.found("create_issue", json!({"title": "Second", "team": "ENG"})).await;
    client.found("create_comment", json!({"issueId": "ENG-1", "body": "Looks good"})).await;
    client.found("update_issue", json!({"id": "ENG-1", "title": "First and best"})).await;

    let listed = client.call("list_issues", json!({"query": "best"})).await;
    assert_eq!(listed["structuredContent"]["issues"][0]["title"], "First and best");
    let text: Value = serde_json::from_str(listed["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, listed["structuredContent"]);
    let issue = client.call("get_issue", json!({"id": "ENG-1"})).await;
    assert!(issue.get("structuredContent").is_none());
    let issue: Value = serde_json::from_str(issue["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(issue["comments"][0]["body"], "Looks good");
    assert_eq!(client.found("list_teams", json!({})).await["teams"].as_array().unwrap().len(), 1);
    let query = json!({"query": "{ issues { nodes { title } } }"});
    let shown =
        client.sandbox.client.post(client.sandbox.url("/linear/graphql")).bearer_auth(&client.token).json(&query);
    let shown = answer(shown.send().await.unwrap()).await.body;
    assert_eq!(shown["data"]["issues"]["nodes"], json!([{"title": "Second"}, {"title": "First and best"}]));
}

/// Arguments that are wrong, and things that are not there, are told to the model; they are no errors of the protocol.
#[tokio::test]
async fn what_a_tool_cannot_do_is_a_result() {
    let client = client().await;
    for (name, arguments, words) in [
        ("get_issue", json!({}), "id is needed"),
        ("get_issue", json!({"id": 5}), "type string"),
        ("list_issues", json!({"limit": 0}), "out of bounds"),
        ("list_issues", json!({"first": 5}), "not known"),
        ("get_issue", json!({"id": "ENG-9"}), "no issue ENG-9"),
        ("create_issue", json!({"title": "x", "team": "NONE"}), "no such team"),
    ] {
        let result = client.call(name, arguments).await;
        assert_eq!(result["isError"], true, "{name}");
        let told = result["content"][0]["text"].as_str().unwrap();
        assert!(told.contains(words), "{name}: {told}");
    }
}

/// A token that may only read is refused with the scope that it lacks, before its arguments are looked at.
#[tokio::test]
async fn a_tool_needs_its_scope() {
    let mut client = client().await;
    let url = client.sandbox.authorize_url(LINEAR, &[("scope", Some("read")), ("sandbox_consent", Some("approve"))]);
    let back = crate::support::query(&client.sandbox.client.get(url).send().await.unwrap());
    client.token = text(&client.sandbox.exchange(LINEAR, &back["code"]).await.body, "access_token");
    assert!(client.call("list_issues", json!({})).await["isError"].is_null());
    let body = super::legacy("tools/call", &json!({"name": "update_issue", "arguments": {}}));
    let refused = client.post(&body).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer error=\"insufficient_scope\", scope=\"write\""), "{challenge}");
}

/// Every tool of every server says what it takes and what it does.
#[tokio::test]
async fn tools_are_described() {
    let sandbox = start(connect_config()).await;
    let tokens = [
        ("github", sandbox.connect(GITHUB).await.0),
        ("linear", sandbox.connect(LINEAR).await.0),
        ("atlassian", text(&sandbox.join(ATLASSIAN, &[]).await, "access_token")),
        ("slack", text(&sandbox.join(SLACK, &[]).await, "access_token")),
    ];
    let mut client = Client { sandbox, vendor: "", token: String::new() };
    for (vendor, token) in tokens {
        (client.vendor, client.token) = (vendor, token);
        let listed = client.send("tools/list", json!({})).await["result"]["tools"].clone();
        for tool in listed.as_array().unwrap() {
            assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
            let hints = &tool["annotations"];
            assert!(hints["readOnlyHint"] != true || hints["destructiveHint"] == false, "{tool}");
            let name = tool["name"].as_str().unwrap();
            assert_eq!(
                hints["readOnlyHint"] == true,
                name.contains("list") || name.contains("get") || name.contains("read"),
                "{name}"
            );
            assert_eq!(hints["destructiveHint"] == true, name.contains("update") || name.contains("edit"), "{name}");
        }
    }
}

/// GitHub's tools see the repositories that the person reaches, and no others.
#[tokio::test]
async fn githubs_tools_work_in_repositories() {
    let sandbox = start(config()).await;
    let token = sandbox.connect(GITHUB).await.0;
    let client = Client { sandbox, vendor: "github", token };
    let me = client.call("get_me", json!({})).await;
    assert_eq!(me["structuredContent"]["login"], "sandbox-octo");
    let place = |more: Value| {
        let mut arguments = json!({"owner": "sandbox-octo", "repo": "hello"});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let made = client.found("create_issue", place(json!({"title": "A bug", "labels": ["bug"]}))).await;
    assert_eq!((&made["number"], &made["labels"][0]["name"]), (&json!(1), &json!("bug")));
    client.found("create_issue", place(json!({"title": "Another"}))).await;
    client.found("update_issue", place(json!({"issue_number": 1, "state": "closed"}))).await;
    let titles = async |state: &str| {
        let issues = client.found("list_issues", place(json!({"state": state}))).await["issues"].clone();
        issues.as_array().unwrap().iter().map(|issue| issue["title"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(titles("open").await, ["Another"]);
    assert_eq!(titles("all").await, ["Another", "A bug"]);
    assert_eq!(client.found("list_repositories", json!({})).await["repositories"][0]["name"], "hello");
    let foreign = client.call("list_issues", json!({"owner": "ann", "repo": "hello"})).await;
    assert_eq!(foreign["isError"], true);
}

/// Jira's issues and Slack's messages, each with the scopes that they need.
#[tokio::test]
async fn atlassian_and_slack_have_tools_too() {
    let sandbox = start(connect_config()).await;
    let scope = [("scope", Some("read:jira-work write:jira-work offline_access"))];
    let jira = text(&sandbox.join(ATLASSIAN, &scope).await, "access_token");
    let slack = text(
        &sandbox.join(SLACK, &[("scope", Some("channels:read,channels:history,chat:write"))]).await,
        "access_token",
    );
    sandbox.control("slack/data", json!({"kind": "channel", "op": "create", "item": {"name": "general"}})).await;
    let mut client = Client { sandbox, vendor: "atlassian", token: jira };
    client.found("createJiraIssue", json!({"projectKey": "OPS", "summary": "Down"})).await;
    client.found("editJiraIssue", json!({"issueIdOrKey": "OPS-1", "fields": {"summary": "Up again"}})).await;
    let listed = client.found("listJiraIssues", json!({"project": "OPS"})).await;
    assert_eq!(listed["issues"][0]["fields"]["summary"], "Up again");
    assert_eq!(client.found("getJiraIssue", json!({"issueIdOrKey": "OPS-1"})).await["key"], "OPS-1");

    (client.vendor, client.token) = ("slack", slack);
    let channels = client.found("slack_list_channels", json!({})).await;
    let id = channels["channels"][0]["id"].clone();
    client.found("slack_send_message", json!({"channel_id": id, "text": "Hello"})).await;
    let said = client.found("slack_read_channel", json!({"channel_id": id})).await;
    assert_eq!(said["messages"][0]["text"], "Hello");
}
