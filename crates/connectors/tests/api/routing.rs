//! What no handler answers is a problem too.

use crate::support::{Client, Server};
use axum::{Router, routing::get};
use edge::{Cors, Shutdown, with_layers};
use kernel::UserId;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A path that is not there, and a method that is not, with the ones that are.
#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let server = Server::start().await;
    let (nobody, operator) = (server.anonymous(), server.operator(server.tenant().await));
    for path in ["/nothing", "/connections/a/b/c", "/health/nothing", "/oauth"] {
        assert_eq!(nobody.get(path).await.problem(), refused(404, "NOT_FOUND"), "{path}");
    }
    for (caller, method, path, allowed) in [
        (&nobody, Method::DELETE, "/providers", "GET,HEAD"),
        (&nobody, Method::GET, "/webhooks/github", "POST"),
        (&nobody, Method::POST, "/health/live", "GET,HEAD"),
        (&operator, Method::PATCH, "/signals", "GET,HEAD"),
        (&operator, Method::PUT, "/connect/github", "POST"),
    ] {
        let answer = caller.send(method, path, "").await;
        assert_eq!(answer.problem(), refused(405, "METHOD_NOT_ALLOWED"), "{path}");
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
}

/// Bodies that are not what the route reads.
#[tokio::test]
async fn unreadable_bodies_are_problems() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    member.get("/connections").await.with(200);
    let json = member.with("content-type", "application/json");
    let path = "/connect/github";
    server
        .unchanged(async {
            let plain = member.with("content-type", "text/plain").send(Method::POST, path, "{}").await;
            assert_eq!(plain.problem(), refused(415, "UNSUPPORTED_MEDIA_TYPE"));
            for body in ["{", "[]", "7", r#"{"nothing": 1}"#, r#"{"kind": "other"}"#, r#"{"scopes": "repo"}"#] {
                let answer = json.send(Method::POST, path, body).await;
                assert_eq!(answer.problem(), refused(400, "VALIDATION_FAILED"), "{body}");
            }
            let large = json!({"label": "x".repeat(3 * 1024 * 1024)}).to_string();
            let answer = json.send(Method::POST, path, large).await;
            assert_eq!(answer.problem(), refused(413, "PAYLOAD_TOO_LARGE"));
            for query in ["unknown=1", "limit=1&limit=2"] {
                let answer = member.get(&format!("/signals?{query}")).await;
                assert_eq!(answer.problem(), refused(400, "VALIDATION_FAILED"), "{query}");
            }
        })
        .await;
}

/// A handler that panics is a 500 that says nothing, under the layers that every route has.
#[tokio::test]
async fn a_panic_is_a_constant_500() {
    let broken = Router::new().route("/broken", get(async || -> &'static str { panic!("secret-in-a-panic") }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let layered = with_layers(broken, &Cors::Nobody, Duration::from_secs(1));
    tokio::spawn(edge::serve(listener, layered, Shutdown::new()));
    let answer = Client::new(&url, false).get("/broken").await;
    assert_eq!(answer.problem(), refused(500, "INTERNAL"));
    assert!(!answer.text.contains("secret-in-a-panic"));
}

/// Only the listed frontends may read answers in a browser.
#[tokio::test]
async fn only_listed_origins_may_read() {
    let server = Server::start().await;
    let allowed = async |origin: &str| {
        let answer = server.anonymous().with("origin", origin).get("/providers").await;
        answer.header("access-control-allow-origin").map(ToOwned::to_owned)
    };
    assert_eq!(allowed("https://app.test").await.as_deref(), Some("https://app.test"));
    for foreign in ["https://app.test.evil.test", "http://app.test", "null"] {
        assert_eq!(allowed(foreign).await, None, "{foreign}");
    }
}
