//! Servers that do not let us in, and what a caller learns from that.

use crate::mcp::support::{BOUNDS, World};
use agent::mcp::{McpError, McpServer, Session};
use axum::{Router, http::StatusCode, response::IntoResponse, routing::any};
use kernel::Secret;
use outbound::{Client, HostPolicy};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Opens a server whose every result, by method, is what the function says: status, content type, result.
pub async fn opened_at(
    answers: impl Fn(&str) -> (u16, &'static str, Value) + Send + Sync + 'static,
) -> Result<Session, McpError> {
    let answers = Arc::new(answers);
    let router = Router::new().route(
        "/mcp",
        any(move |body: String| {
            let answers = Arc::clone(&answers);
            async move {
                let asked: Value = serde_json::from_str(&body).unwrap_or_default();
                let (status, kind, result) = answers(asked["method"].as_str().unwrap_or_default());
                let answer = json!({"jsonrpc": "2.0", "id": asked["id"], "result": result});
                (StatusCode::from_u16(status).unwrap(), [("content-type", kind)], answer.to_string()).into_response()
            }
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::new("agent-tests").unwrap();
    let hosts = HostPolicy::allow([url.as_str()]).unwrap();
    Session::open(&McpServer { client: &client, hosts, url: url.parse().unwrap(), bearer: None, bounds: BOUNDS }).await
}

/// Without a token, and with one that is not good, the challenge says where to get one; the token is in no error.
#[tokio::test]
async fn an_unknown_token_is_unauthorized() {
    let world = World::start().await;
    let metadata = world.url("/.well-known/oauth-protected-resource/linear/mcp");
    for era in ["both", "legacy", "modern"] {
        world.server_is(json!({"era": era})).await;
        for bearer in [None, Some(Secret::from("wr0ng-token"))] {
            let server = McpServer { bearer, ..world.server() };
            let error = Session::open(&server).await.err().unwrap();
            assert!(!format!("{error} {error:?}").contains("wr0ng"), "{error:?}");
            let McpError::Unauthorized { challenge } = error else { panic!("{error:?}") };
            assert_eq!(challenge.resource_metadata.as_ref(), Some(&metadata));
            assert_eq!(challenge.scopes, ["comments:create", "issues:create", "read", "write"]);
        }
    }
}

/// A token that ends during a session, and one that never was enough for a tool.
#[tokio::test]
async fn refusals_of_a_call_are_typed() {
    let world = World::with_scope("read").await;
    for era in ["legacy", "modern"] {
        world.server_is(json!({"era": era})).await;
        let session = world.open().await;
        let arguments = Map::from_iter([("title".to_owned(), json!("One"))]);
        let refused = session.try_call("create_issue", arguments, &|_| {}).await;
        let Err(McpError::Forbidden { challenge }) = refused else { panic!("{refused:?}") };
        assert_eq!(
            (challenge.error.as_deref(), challenge.scopes),
            (Some("insufficient_scope"), vec!["write".to_owned()])
        );
    }
    let session = world.open().await;
    world.control(http::Method::POST, "linear/revoke", Some(json!({}))).await;
    let refused = session.try_call("list_teams", Map::new(), &|_| {}).await;
    assert!(matches!(refused, Err(McpError::Unauthorized { .. })), "{refused:?}");
}

/// A host that is not among the allowed ones gets no request, and no token.
#[tokio::test]
async fn a_foreign_host_is_not_called() {
    let world = World::start().await;
    let hosts = HostPolicy::allow(["https://mcp.linear.example"]).unwrap();
    let opened = Session::open(&McpServer { hosts, ..world.server() }).await;
    assert!(matches!(opened, Err(McpError::Unreachable(outbound::Error::Policy(_)))), "{:?}", opened.err());
    assert_eq!(world.asked().await, [""; 0]);
}

/// Servers whose opening fails fail it as what it is.
#[tokio::test]
async fn a_failed_opening_is_told_as_it_was() {
    let html = opened_at(|_| (200, "text/html", json!({}))).await;
    assert!(matches!(html, Err(McpError::Unreadable)), "{:?}", html.err());
    let failing = opened_at(|_| (503, "text/plain", json!({}))).await;
    assert!(matches!(failing, Err(McpError::Status { status: 503 })), "{:?}", failing.err());
    let empty = opened_at(|_| (200, "application/json", json!({}))).await;
    assert!(matches!(empty, Err(McpError::Unreadable)), "{:?}", empty.err());
}
