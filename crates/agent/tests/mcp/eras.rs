//! Servers of one era, of the other, and of both: opened, listed, called, left, and given up.

use crate::mcp::support::{World, text, until};
use agent::{Source, mcp::McpError};
use futures_util::FutureExt;
use serde_json::{Map, json};

/// Whatever the server speaks, the version is agreed on, the tools are there, and one of them answers.
#[tokio::test]
async fn servers_of_every_era_are_understood() {
    let world = World::start().await;
    for (era, sse, version) in [
        ("both", false, "2025-11-25"),
        ("legacy", false, "2025-11-25"),
        ("legacy", true, "2025-11-25"),
        ("modern", false, "2026-07-28"),
        ("modern", true, "2026-07-28"),
    ] {
        world.server_is(json!({"era": era, "sse": sse})).await;
        let session = world.open().await;
        assert_eq!(session.version().as_deref(), Some(version), "{era}");
        let names: Vec<&str> = session.tools().iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(
            names,
            ["list_issues", "get_issue", "list_teams", "create_issue", "create_comment", "update_issue"],
            "{era}"
        );
        let outcome = session.call("list_teams", Map::new(), &|_| {}).await;
        assert!(!outcome.is_error && text(&outcome).contains("teams"), "{era}: {outcome:?}");
        assert!(outcome.structured.is_some_and(|structured| structured["teams"].is_array()), "{era}");
        Box::new(session).close().await;
    }
}

/// One tool a page, and every page is read.
#[tokio::test]
async fn every_page_of_the_list_is_read() {
    let world = World::start().await;
    for era in ["legacy", "modern"] {
        world.server_is(json!({"era": era, "page_size": 1})).await;
        assert_eq!(world.open().await.tools().len(), 6, "{era}");
    }
}

/// Progress is told in the server's order, all of it before the answer.
#[tokio::test]
async fn progress_is_told_before_the_answer() {
    let world = World::start().await;
    world.odd_tool(json!({"progress": 3, "text": "finished"})).await;
    for era in ["legacy", "modern"] {
        world.server_is(json!({"era": era})).await;
        let session = world.open().await;
        let (outcome, told) = world.call_odd(&session).await;
        assert_eq!(text(&outcome.unwrap()), "finished");
        let steps: Vec<_> = told.iter().map(|progress| (progress.progress, progress.total)).collect();
        assert_eq!(steps, [(1.0, Some(3.0)), (2.0, Some(3.0)), (3.0, Some(3.0))], "{era}");
        assert_eq!(told[0].message.as_deref(), Some("Going on"));
    }
}

/// A call that is dropped is given up at the server too: by a notification, or by the end of its stream.
#[tokio::test]
async fn a_dropped_call_is_given_up_at_the_server() {
    let world = World::start().await;
    world.odd_tool(json!({"hang": true, "progress": 1})).await;
    for era in ["legacy", "modern"] {
        world.server_is(json!({"era": era})).await;
        let session = world.open().await;
        let idle = world.open_streams().await;
        let mut call = Box::pin(world.call_odd(&session));
        until("the call is there", async || {
            assert!((&mut call).now_or_never().is_none());
            world.open_streams().await > idle
        })
        .await;
        drop(call);
        until("it is given up", async || {
            if era == "legacy" {
                world.asked().await.iter().any(|method| method == "notifications/cancelled")
            } else {
                world.open_streams().await <= idle
            }
        })
        .await;
    }
}

/// In the modern era the server says that its list has changed.
#[tokio::test]
async fn a_changed_list_is_noticed() {
    let world = World::start().await;
    world.server_is(json!({"era": "modern"})).await;
    let session = world.open().await;
    assert!(!session.has_changed());
    world.control(http::Method::POST, "linear/mcp/changed", None).await;
    until("the change is heard", async || session.has_changed()).await;
    drop(session);
    until("nothing is left open", async || world.open_streams().await == 0).await;
}

/// A version that nobody knows is not spoken.
#[tokio::test]
async fn an_unknown_version_is_refused() {
    let answer = json!({"protocolVersion": "2031-01-01", "capabilities": {"tools": {}},
        "serverInfo": {"name": "x", "version": "1"}});
    let opened = crate::mcp::refusals::opened_at(move |_| (200, "application/json", answer.clone())).await;
    assert!(matches!(opened, Err(McpError::Version)), "{:?}", opened.err());
}
