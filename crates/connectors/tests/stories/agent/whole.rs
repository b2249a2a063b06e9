//! A run from its prompt to its end.

use super::{Person, asked, called, issue, rest, server, server_at};
use kernel::UserId;
use serde_json::{Value, json};

/// The agent reads an issue and comments on it at the vendor; the person sees each step, and the transcript afterwards.
#[tokio::test]
async fn the_agent_reads_an_issue_and_comments_on_it() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_issues", "create_comment"]).await;
    let issue = issue(&server, "ann", "The roses do not unfold").await;

    let mut stream = ann.stream(json!({"prompt": "linear__list_issues {\"limit\": 1}"})).await;
    let told = rest(&mut stream).await;
    let names: Vec<&str> = told.iter().map(|it| it.event.as_str()).filter(|it| *it != "text").collect();
    assert_eq!(names, ["run", "usage", "tool_call", "tool_result", "usage", "done"]);
    let of = |name: &str| told.iter().find(|it| it.event == name).unwrap().data.clone();
    assert_eq!(of("tool_call")["arguments"], json!({"limit": 1}));
    let listed: Value = serde_json::from_str(of("tool_result")["text"].as_str().unwrap()).unwrap();
    assert_eq!(listed["issues"][0]["id"], issue);
    let text: String =
        told.iter().filter(|it| it.event == "text").map(|it| it.data["text"].as_str().unwrap()).collect();
    assert!(text.starts_with("Let me look.The tools answered:"), "{text}");
    let done = &of("done");
    assert_eq!((&done["state"], &done["reason"]), (&json!("completed"), &json!("answered")));
    assert_eq!(done["usage"]["steps"], 2);
    assert!(done["usage"]["cost_usd"].as_f64().unwrap() > 0.0 && done["usage"]["cache_read"].as_i64().unwrap() > 0);
    assert_eq!(done["id"], of("run")["id"]);

    let comment = json!({"issueId": issue, "body": "Seen by the agent"});
    let run = ann.say(&format!("linear__create_comment {comment}")).await;
    assert_eq!(run["state"], "completed", "{run}");
    let calls = called(&server, "linear").await;
    assert_eq!(calls.last().unwrap(), &("ann".to_owned(), "create_comment".to_owned(), comment));
    let turns = run["turns"].as_array().unwrap();
    let roles: Vec<&str> = turns.iter().map(|turn| turn["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant"]);
    assert_eq!(ann.look(&run["id"]).await, run);

    let page = ann.client.get("/agent/runs?limit=1").await.with(200);
    assert_eq!(page["runs"][0]["id"], run["id"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = ann.client.get(&format!("/agent/runs?limit=1&cursor={cursor}")).await.with(200);
    assert_eq!((&next["runs"][0]["id"], &next["next_cursor"]), (&done["id"], &Value::Null));
}

/// Behind a gateway's path it is the same, and so it is where nobody listens and where somebody does.
#[tokio::test]
async fn a_gateway_and_a_silent_caller_make_no_difference() {
    for base in ["{sandbox}", "{sandbox}/anthropic"] {
        let server = server_at(base).await;
        let ann = Person::with(&server, "linear", "ann").await;
        ann.allow_of_connection(&["list_teams"]).await;
        let silent = ann.say("linear__list_teams").await;
        let mut stream = ann.stream(json!({"prompt": "linear__list_teams"})).await;
        let heard = rest(&mut stream).await.pop().unwrap().data;
        // The marks round the result are made anew each time.
        assert_eq!(silent["state"], heard["state"]);
        assert!(silent["text"].as_str().unwrap().starts_with("The tools answered:"));
        assert_eq!(silent["turns"][1]["content"][1]["name"], heard["turns"][1]["content"][1]["name"]);
        let streamed: Vec<bool> = asked(&server).await.iter().map(|it| it["body"]["stream"] == true).collect();
        assert_eq!(streamed, [false, false, true, true]);
    }
}

/// Several calls of one step are all made, and each result stands where its call stood.
#[tokio::test]
async fn parallel_calls_are_all_answered_in_their_order() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams", "list_issues", "get_issue"]).await;
    let prompt = "linear__list_teams, linear__get_issue {\"id\": \"nothing\"} and linear__list_issues {\"limit\": 1}";
    let run = ann.say(prompt).await;
    let [_, said, results, _] = run["turns"].as_array().unwrap().as_slice() else { panic!("{run}") };
    let calls: Vec<&Value> = said["content"].as_array().unwrap().iter().filter(|it| it["type"] == "tool_use").collect();
    assert_eq!(calls.len(), 3);
    for (call, result) in calls.iter().zip(results["content"].as_array().unwrap()) {
        assert_eq!(call["id"], result["tool_use_id"]);
    }
    assert_eq!(results["content"][1]["is_error"], true, "an unknown issue is an error that the model reads");
    assert_eq!(called(&server, "linear").await.len(), 3);
}

/// The tools of this service itself need no server of anybody.
#[tokio::test]
async fn the_services_own_tools_work_without_a_server() {
    let server = server().await;
    let ann = Person::with(&server, "spotify", "ann").await;
    ann.allow(&[ann.entry("connectors", "list_connections").await]).await;
    let run = ann.say("connectors__list_connections").await;
    assert!(run["text"].as_str().unwrap().contains(&ann.connection), "{run}");
}

/// Nothing is allowed until it is allowed: the model is told of no tool.
#[tokio::test]
async fn without_a_list_there_are_no_tools() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let run = ann.say("linear__list_teams").await;
    assert_eq!(run["text"], "You said: linear__list_teams");
    assert_eq!(asked(&server).await[0]["body"].get("tools"), None);
    assert!(called(&server, "linear").await.is_empty());
}

/// Arguments outside of what is allowed are not sent, and the model is told why.
#[tokio::test]
async fn arguments_outside_the_limits_are_not_sent() {
    let server = server().await;
    let ann = Person::with(&server, "linear", "ann").await;
    let mut entry = ann.entry(&ann.connection, "list_issues").await;
    entry["arguments"] = json!({"/limit": {"one_of": [1, 2]}});
    ann.allow(&[entry]).await;
    let run = ann.say("linear__list_issues {\"limit\": 50}").await;
    assert!(run["text"].as_str().unwrap().contains("allows a call only where the argument /limit is one of 1, 2"));
    ann.say("linear__list_issues {\"limit\": 2}").await;
    let calls = called(&server, "linear").await;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].2, json!({"limit": 2}));
}

/// What is wrong with a wish is said, and nothing has begun.
#[tokio::test]
async fn a_wish_that_is_wrong_changes_nothing() {
    let server = server().await;
    let ann = server.member(UserId::generate());
    ann.get("/agent/runs").await.with(200);
    for wish in [
        json!({}),
        json!({"prompt": " \n"}),
        json!({"prompt": "x".repeat(100_001)}),
        json!({"prompt": "x", "thread_id": "not-an-id"}),
        json!({"prompt": "x", "thread_id": UserId::generate().to_string()}),
        json!({"prompt": "x", "budget": {"steps": 0}}),
        json!({"prompt": "x", "budget": {"seconds": 1801}}),
        json!({"prompt": "x", "budget": {"tokens": -1}}),
        json!({"prompt": "x", "budget": {"result_bytes": 4_000_001}}),
        json!({"prompt": "x", "tools": "some"}),
        json!({"prompt": "x", "model": "another"}),
    ] {
        let refused = server.unchanged(ann.post("/agent/run", &wish)).await;
        assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()), "{wish}");
    }
    assert!(asked(&server).await.is_empty());
    let nobodys = UserId::generate();
    assert_eq!(ann.get(&format!("/agent/runs/{nobodys}")).await.problem(), (404, "RUN_NOT_FOUND".to_owned()));
    assert_eq!(ann.get("/agent/runs/x").await.problem(), (404, "RUN_NOT_FOUND".to_owned()));
}
