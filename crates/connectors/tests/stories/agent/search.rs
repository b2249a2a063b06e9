//! A thousand tools, and a prompt that stays small.

use super::{Person, asked, called, script, server};
use serde_json::{Value, json};

/// 990 tools of a server, all allowed: the first question costs under 2,000 tokens, the one that is wanted is found and called.
#[tokio::test]
async fn a_thousand_tools_cost_less_than_two_thousand_tokens() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let tools: Vec<Value> = (0..990)
        .map(|number| {
            let about = format!("Reads ledger number {number} of the accounting department, with all of its entries");
            let schema = json!({"type": "object", "properties": {"year": {"type": "integer"}}, "required": []});
            let definition = json!({"name": format!("ledger_{number}"), "description": about, "inputSchema": schema});
            json!({"definition": definition, "does": {"text": format!("The balance of {number} is right")}})
        })
        .collect();
    server.sandbox.control("linear/mcp", json!({ "tools": tools })).await;
    let found = ann.client.get("/agent/tools").await.with(200);
    let sources = found["sources"].as_array().unwrap();
    let source = sources.iter().find(|source| source["id"] == *ann.connection).unwrap();
    let entries: Vec<Value> = source["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| {
            let (name, fingerprint) = (&tool["name"], &tool["fingerprint"]);
            json!({"source": ann.connection, "name": name, "fingerprint": fingerprint, "approval": "never"})
        })
        .collect();
    assert!(entries.len() >= 990);
    ann.allow(&entries).await;

    let search = json!([{"type": "tool_use", "name": "search_tools", "input": {"query": "ledger 417"}}]);
    let invoke = json!([{"type": "tool_use", "name": "invoke_tool",
        "input": {"name": "linear__ledger_417", "arguments": {"year": 2026}}}]);
    script(&server, json!([{"content": search}, {"content": invoke}])).await;
    let run = ann.say("Is the balance of ledger 417 right?").await;
    assert_eq!(run["state"], "completed", "{run}");
    assert_eq!(called(&server, "linear").await, [("ann".to_owned(), "ledger_417".to_owned(), json!({"year": 2026}))]);
    assert!(run["text"].as_str().unwrap().contains("The balance of 417 is right"));
    let questions = asked(&server).await;
    let names: Vec<&str> =
        questions[0]["body"]["tools"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["search_tools", "invoke_tool"]);
    // Four bytes are a token.
    let tokens = questions[0]["body_bytes"].as_u64().unwrap() / 4;
    assert!(tokens < 2000, "{tokens}");
    let found = run["turns"][2]["content"][0]["content"][0]["text"].as_str().unwrap();
    assert!(found.contains("linear__ledger_417"), "{found}");
}

/// The search opens nothing: a name that is not allowed is not called through it.
#[tokio::test]
async fn the_search_leads_to_nothing_that_is_not_allowed() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams"]).await;
    let invoke = |name: &str| {
        let input = json!({"name": name, "arguments": {}});
        json!({"content": [{"type": "tool_use", "name": "invoke_tool", "input": input}]})
    };
    script(&server, json!([invoke("linear__list_issues"), invoke("list_issues"), invoke("linear__list_teams")])).await;
    let run = ann.run(json!({"prompt": "Try", "tools": "search"})).await;
    assert_eq!(run["state"], "completed");
    let calls: Vec<String> = called(&server, "linear").await.into_iter().map(|(_, tool, _)| tool).collect();
    assert_eq!(calls, ["list_teams"]);
}
