//! Which tools there are for whom, and what becomes of servers that cannot be used.

use super::{connected, found, names, somebody, source, tool};
use crate::support::Server;
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

/// Requests that a vendor's MCP server got.
async fn requests(server: &Server, vendor: &str) -> Vec<Value> {
    let told = server.sandbox.look(&format!("{vendor}/mcp/requests")).await;
    told["requests"].as_array().unwrap().clone()
}

/// The servers of two vendors are asked with the person's own tokens, and each tool is told as its server tells it.
#[tokio::test]
async fn the_tools_of_two_vendors_are_found() {
    let server = Server::start().await;
    let (_, member) = somebody(&server);
    let github = connected(&server, &member, "github", "ann").await;
    let linear = connected(&server, &member, "linear", "ann").await;
    let found = found(&member).await;
    let said: Vec<(&Value, &Value, &Value)> = found["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| (&source["id"], &source["provider"], &source["state"]))
        .collect();
    let ok = json!("ok");
    assert_eq!(
        said,
        [
            (&json!("connectors"), &Value::Null, &ok),
            (&linear["id"], &json!("linear"), &ok),
            (&github["id"], &json!("github"), &ok),
        ]
    );
    let github = source(&found, &github["id"]);
    assert_eq!(names(&github), ["get_me", "list_repositories", "list_issues", "create_issue", "update_issue"]);
    assert_eq!((&github["display_name"], &github["reason"]), (&json!("ann"), &Value::Null));
    let issues = tool(&github, "list_issues");
    assert_eq!((&issues["title"], &issues["says_read_only"]), (&json!("List issues"), &json!(true)));
    assert_eq!((&issues["standing"], &issues["allowed"]), (&json!("new"), &Value::Null));
    assert_eq!(issues["input_schema"]["required"], json!(["owner", "repo"]));
    assert!(names(&source(&found, &linear["id"])).contains(&"create_comment"));
    for vendor in ["github", "linear"] {
        let requests = requests(&server, vendor).await;
        assert!(
            !requests.is_empty() && requests.iter().all(|one| one["credential"]["account"] == "ann"),
            "{requests:?}"
        );
    }
}

/// Each person finds their own, is asked for with their own token, and cannot allow what is another's.
#[tokio::test]
async fn two_people_do_not_see_each_others() {
    let server = Server::start().await;
    let ((_, ada), (_, bob)) = (somebody(&server), somebody(&server));
    let (anns, bobs) =
        (connected(&server, &ada, "linear", "ann").await, connected(&server, &bob, "linear", "bob").await);
    for (member, own, foreign, account) in [(&ada, &anns, &bobs, "ann"), (&bob, &bobs, &anns, "bob")] {
        server.sandbox.delete_control("linear/mcp/requests").await;
        let found = found(member).await;
        let ids: Vec<&Value> = found["sources"].as_array().unwrap().iter().map(|source| &source["id"]).collect();
        assert_eq!(ids, [&json!("connectors"), &own["id"]]);
        assert!(requests(&server, "linear").await.iter().all(|one| one["credential"]["account"] == account));
        let own = super::entry(&source(&found, &own["id"]), "list_issues");
        let mut theirs = own.clone();
        theirs["source"] = foreign["id"].clone();
        let refused = member.put_json("/agent/tools", &json!({"tools": [own, theirs]})).await;
        assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()));
        assert_eq!(refused.json()["errors"][0]["pointer"], "#/tools/1/source");
    }
    assert_eq!(server.database.count("agent_tools").await, 0);
}

/// A provider whose server nobody has named has no tools, and is not told to have any.
#[tokio::test]
async fn without_an_address_there_are_no_tools() {
    let server = Server::with(&[("LINEAR_MCP_URL", "")]).await;
    let (_, member) = somebody(&server);
    connected(&server, &member, "linear", "ann").await;
    assert_eq!(found(&member).await["sources"].as_array().unwrap().len(), 1);
    let capable = async |provider: &str| {
        let shown = server.anonymous().get(&format!("/providers/{provider}")).await.with(200);
        shown["capabilities"]["mcp"].clone()
    };
    assert_eq!((capable("linear").await, capable("github").await), (json!(false), json!(true)));
}

/// The vendor has ended the token before its time: there is another one, once, for whoever asks.
#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = Server::start().await;
    let (_, member) = somebody(&server);
    let linear = connected(&server, &member, "linear", "ann").await;
    server.sandbox.control("clock", json!({"advance_seconds": 90_000})).await;
    for _ in 0..2 {
        assert_eq!(source(&found(&member).await, &linear["id"])["state"], "ok");
        assert_eq!(server.sandbox.count("linear", "refreshes").await, 1);
    }
}

/// A grant that is dead is told, at its server nobody asks any more, and the others are found all the same.
#[tokio::test]
async fn a_dead_grant_keeps_nobody_from_the_rest() {
    let server = Server::start().await;
    let (_, member) = somebody(&server);
    let github = connected(&server, &member, "github", "ann").await;
    let linear = connected(&server, &member, "linear", "ann").await;
    server.sandbox.control("linear/revoke", json!({"account": "ann"})).await;
    for _ in 0..2 {
        let found = found(&member).await;
        let dead = source(&found, &linear["id"]);
        assert_eq!((&dead["state"], &dead["tools"]), (&json!("needs_reauth"), &json!([])));
        assert_eq!(dead["reason"], "the person has to connect the account again");
        assert_eq!(source(&found, &github["id"])["state"], "ok");
    }
    let shown = member.get(&format!("/connections/{}", linear["id"].as_str().unwrap())).await.with(200);
    assert_eq!(shown["health"]["reason"], "revoked");
    server.sandbox.delete_control("linear/mcp/requests").await;
    found(&member).await;
    assert_eq!(requests(&server, "linear").await, [Value::Null; 0]);
}

/// A server that is not there, fails, or says what is no MCP is told in its own word; one that comes back is found again.
#[tokio::test]
async fn a_server_that_cannot_be_used_is_told() {
    let server = Server::with(&[("GITHUB_MCP_URL", "http://127.0.0.1:1/mcp")]).await;
    let (_, member) = somebody(&server);
    let github = connected(&server, &member, "github", "ann").await;
    let linear = connected(&server, &member, "linear", "ann").await;
    let states = async || {
        let found = found(&member).await;
        [&github, &linear].map(|one| source(&found, &one["id"])["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(states().await, ["unreachable", "ok"]);
    for (kind, state) in [("status_500", "unreachable"), ("html_200", "unreadable"), ("close", "unreachable")] {
        // Whatever is tried in its place fails as well.
        server.sandbox.fault("linear", "mcp", kind, 5).await;
        assert_eq!(states().await, ["unreachable", state], "{kind}");
        server.sandbox.delete_control("linear/faults").await;
    }
    server.sandbox.control("linear/mcp", json!({"endless": true, "page_size": 1})).await;
    assert_eq!(states().await, ["unreachable", "unreadable"]);
    server.sandbox.delete_control("linear/mcp").await;
    assert_eq!(states().await, ["unreachable", "ok"]);
}

/// A pause that the server asks for is the vendor's: until it is over nobody asks, neither there nor through the proxy.
#[tokio::test]
async fn a_pause_is_kept() {
    let server = Server::start().await;
    let (_, member) = somebody(&server);
    let linear = connected(&server, &member, "linear", "ann").await;
    let fault = json!({"on": "mcp", "kind": "status_429", "retry_after_seconds": 30, "times": 5});
    server.sandbox.control("linear/faults", fault).await;
    let paused = source(&found(&member).await, &linear["id"]);
    assert_eq!(paused["state"], "rate_limited");
    let until = DateTime::parse_from_rfc3339(paused["retry_at"].as_str().unwrap()).unwrap().to_utc();
    let wait = until - server.clock.now();
    assert!((TimeDelta::seconds(20)..=TimeDelta::seconds(30)).contains(&wait), "{wait}");
    server.sandbox.delete_control("linear/faults").await;
    server.sandbox.delete_control("linear/mcp/requests").await;
    assert_eq!(source(&found(&member).await, &linear["id"])["state"], "rate_limited");
    assert_eq!(requests(&server, "linear").await, [Value::Null; 0]);
    let proxied = format!("/proxy/{}/graphql", linear["id"].as_str().unwrap());
    let refused = member.post(&proxied, &json!({"query": "query { viewer { id } }"})).await;
    assert_eq!(refused.problem(), (429, "PROVIDER_RATE_LIMITED".to_owned()));
    server.advance(TimeDelta::seconds(31)).await;
    assert_eq!(source(&found(&member).await, &linear["id"])["state"], "ok");
}

/// Tools act for the person: beside the app's own grant it is theirs that a server gets.
#[tokio::test]
async fn of_two_grants_it_is_the_persons() {
    let server = Server::start().await;
    let (user, member) = somebody(&server);
    found(&member).await;
    let wish = json!({"scopes": ["channels:read"], "parameters": {"user_scope": "chat:write"}});
    let slack = server.connected_as(user.as_uuid(), "slack", "ann", &wish).await;
    super::allow(&member, &[super::entry(&source(&found(&member).await, &slack["id"]), "slack_send_message")]).await;
    let channels = server.sandbox.change("slack", "ann", json!({"kind": "channel", "op": "create"})).await;
    let toolbox = super::toolbox(&server, user).await;
    let message = json!({"channel_id": channels[0], "text": "hello"});
    let outcome = super::call(&toolbox, "slack__slack_send_message", message).await;
    assert!(!outcome.is_error, "the app's grant may not write: {outcome:?}");
}

/// A server that repeats the token it was sent, wherever it does, does not get it shown: every answer is looked through.
#[tokio::test]
async fn a_server_cannot_have_the_token_shown() {
    let server = Server::start().await;
    let (user, member) = somebody(&server);
    let linear = connected(&server, &member, "linear", "ann").await;
    let token = server.vend(user.as_uuid(), &linear).await["access_token"].as_str().unwrap().to_owned();
    let definition = json!({
        "name": "leak", "title": token, "description": format!("Bearer {token}"),
        "inputSchema": {"type": "object", "properties": {&*token: {"type": "string", "default": token}}},
    });
    let leak = json!({"tools": [{"definition": definition, "does": {"text": format!("it is {token}")}}]});
    server.sandbox.control("linear/mcp", leak).await;
    let linear = source(&found(&member).await, &linear["id"]);
    assert_eq!(tool(&linear, "leak")["description"], "Bearer [removed]");
    super::allow(&member, &[super::entry(&linear, "leak")]).await;
    let toolbox = super::toolbox(&server, user).await;
    let outcome = super::call(&toolbox, "linear__leak", json!({})).await;
    assert!(!outcome.is_error && !super::text(&outcome).contains(&token), "{outcome:?}");
}
