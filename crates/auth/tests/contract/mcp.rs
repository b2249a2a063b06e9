//! The unmodified clients of MCP get tokens from our service and use them at an endpoint that trusts it.

use crate::world::World;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::TimeDelta;
use identity::{AccessTokens, FetchError, Verifier};
use kernel::Clock;
use serde_json::{Value, json};
use std::{path::PathBuf, process::Stdio, sync::Arc};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command};

const SCRIPT: &str = include_str!("mcp.mjs");

/// An endpoint with one tool, which says who is calling.
struct Endpoint {
    resource: String,
    issuer: String,
    tokens: AccessTokens,
    clock: Clock,
}

impl Endpoint {
    fn new(resource: &str, world: &World) -> Self {
        let (client, jwks) = (world.client.clone(), format!("{}/.well-known/jwks.json", world.url));
        let verifier = Verifier::new(&world.url, &world.url, world.clock.clone(), move || {
            let asked = client.get(jwks.clone());
            Box::pin(async move { Ok::<_, FetchError>(asked.send().await?.bytes().await?.to_vec()) })
        });
        Self {
            resource: resource.to_owned(),
            issuer: world.url.clone(),
            tokens: verifier.for_resource(resource),
            clock: world.clock.clone(),
        }
    }

    fn router(self) -> Router {
        Router::new()
            .route("/mcp", post(called))
            .route("/later", post(later))
            .route("/.well-known/oauth-protected-resource/mcp", get(described))
            .with_state(Arc::new(self))
    }
}

async fn described(State(endpoint): State<Arc<Endpoint>>) -> Json<Value> {
    Json(json!({"resource": endpoint.resource, "authorization_servers": [endpoint.issuer],
        "scopes_supported": ["mcp:tools"], "bearer_methods_supported": ["header"]}))
}

/// Every access token has run out.
async fn later(State(endpoint): State<Arc<Endpoint>>) {
    endpoint.clock.advance(TimeDelta::minutes(11));
}

async fn called(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, Json(call): Json<Value>) -> Response {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let caller = match bearer {
        Some(token) => endpoint.tokens.verify(token).await.ok().filter(|claims| claims.allows("mcp:tools")),
        None => None,
    };
    let Some(caller) = caller else {
        let metadata = endpoint.resource.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
        let challenge = format!("Bearer resource_metadata=\"{metadata}\", scope=\"mcp:tools\"");
        return (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]).into_response();
    };
    let result = match call["method"].as_str().unwrap() {
        "initialize" => json!({"protocolVersion": call["params"]["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "endpoint", "version": "1"}}),
        "tools/call" => json!({"content": [{"type": "text", "text": format!("ada through {}", caller.client_id)}]}),
        "tools/list" => json!({"tools": [{"name": "whoami", "inputSchema": {"type": "object"}}]}),
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": call["id"], "result": result})).into_response()
}

/// Every check of the script, by name: both generations register, ask, are let in, refresh, and ask again.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test's tools are the machine's")]
async fn the_unmodified_clients_of_mcp_are_let_in() {
    let tools = std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let resource = format!("http://{}/mcp", listener.local_addr().unwrap());
    let world = World::with(&[("OAUTH_RESOURCES", &resource)]).await;
    let router = Endpoint::new(&resource, &world).router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let ada = world.sign_up("ada@example.com").await;
    let mut node = Command::new(PathBuf::from(&tools).join("bin/node"))
        .args(["--input-type=module", "-", &resource, &world.url, &ada.cookie()])
        .current_dir(&tools)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(SCRIPT.as_bytes()).await.unwrap();
    let output = node.wait_with_output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let outcomes: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed: Vec<&Value> = outcomes.iter().filter(|outcome| outcome["outcome"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(outcomes.len(), SCRIPT.matches("await report(").count() * 2 + 1, "the script ended early");
    assert!(output.status.success());
}
