//! The document says what is there, and every door in it is shut.

use crate::support::Server;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Routes that answer without credentials; what proves a right on them is checked by their own tests.
const PUBLIC: [&str; 9] = [
    "get /health/live",
    "get /health/ready",
    "get /oauth/install/{provider}",
    "get /oauth/{provider}",
    "get /oauth/{provider}/callback",
    "get /providers",
    "get /providers/{provider}",
    "post /webhooks/{provider}",
    "post /webhooks/{provider}/{tenant_id}",
];

fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        item.as_object().unwrap().keys().map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// Each documented route wants credentials or stands in the public list.
#[tokio::test]
async fn every_route_wants_credentials_or_is_listed_as_public() {
    let server = Server::start().await;
    let document = server.anonymous().get("/openapi.json").await.with(200);
    for operation in operations(&document) {
        let (method, path) = operation.split_once(' ').unwrap();
        let real = path
            .replace("{provider}", "github")
            .replace("{tenant_id}", &Uuid::now_v7().to_string())
            .replace("{connection_id}", &Uuid::now_v7().to_string())
            .replace("{id}", &Uuid::now_v7().to_string());
        let method: Method = method.to_uppercase().parse().unwrap();
        let answer = server.anonymous().send(method, &real, "").await;
        let is_shut = answer.status == 401 && answer.json()["code"] == "UNAUTHORIZED";
        let is_public = PUBLIC.contains(&operation.as_str());
        // The install link without a start token is for callers with credentials.
        assert!(is_shut != is_public || operation == "get /oauth/install/{provider}", "{operation} {}", answer.status);
        assert_eq!(is_public, document.pointer(&pointer(&operation)).is_none_or(optional));
    }
    let written = operations(&document);
    assert!(PUBLIC.iter().all(|one| written.contains(*one)));
}

fn pointer(operation: &str) -> String {
    let (method, path) = operation.split_once(' ').unwrap();
    format!("/paths/{}/{method}/security", path.replace('/', "~1"))
}

/// One of the ways in asks for nothing.
fn optional(security: &Value) -> bool {
    security.as_array().unwrap().iter().any(|way| way.as_object().unwrap().is_empty())
}

/// The routes do not come and go by accident.
#[tokio::test]
async fn the_document_lists_the_routes() {
    let server = Server::start().await;
    let document = server.anonymous().get("/openapi.json").await.with(200);
    let listed: Vec<String> = operations(&document).into_iter().collect();
    insta::assert_snapshot!(listed.join("\n"), @r"
    delete /connections/{id}
    delete /oauth/installations/{id}
    delete /provider-configs/{provider}
    delete /proxy/{connection_id}/{path}
    delete /subscriptions/{id}
    get /agent/runs
    get /agent/runs/{id}
    get /agent/tools
    get /connect/{provider}/callback
    get /connections
    get /connections/{id}
    get /connections/{id}/records/{stream}
    get /connections/{id}/streams
    get /events
    get /events/refused
    get /events/{id}
    get /health/live
    get /health/ready
    get /oauth/install/{provider}
    get /oauth/installations
    get /oauth/token/{provider}
    get /oauth/{provider}
    get /oauth/{provider}/callback
    get /provider-configs/{provider}
    get /providers
    get /providers/{provider}
    get /proxy/{connection_id}/{path}
    get /signals
    get /signals/stream
    get /subscriptions
    get /subscriptions/{id}
    patch /proxy/{connection_id}/{path}
    post /agent/run
    post /agent/runs/{id}/approvals/{call_id}
    post /agent/runs/{id}/cancel
    post /connect/{provider}
    post /connections/{id}/refresh
    post /connections/{id}/sync
    post /connections/{id}/token
    post /events/replay
    post /events/{id}/replay
    post /oauth/{provider}/link
    post /proxy/{connection_id}/{path}
    post /subscriptions/{id}/replay
    post /subscriptions/{id}/secret
    post /webhooks/{provider}
    post /webhooks/{provider}/{tenant_id}
    put /agent/tools
    put /provider-configs/{provider}
    put /proxy/{connection_id}/{path}
    put /subscriptions
    put /tenants/{id}
    ");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("Problem") && schemas.contains_key("SignalView"));
}

/// The documentation's page and its assets come out of the binary.
#[tokio::test]
async fn the_documentation_is_embedded() {
    let server = Server::start().await;
    let page = server.anonymous().get("/docs/").await;
    assert_eq!(page.status, 200);
    for (asset, kind) in [("swagger-ui-bundle.js", "javascript"), ("swagger-ui.css", "text/css")] {
        assert!(page.text.contains(asset), "{}", page.text);
        let answer = server.anonymous().get(&format!("/docs/{asset}")).await;
        assert_eq!(answer.status, 200, "{asset}");
        assert!(answer.header("content-type").unwrap().contains(kind) && answer.text.len() > 10_000);
    }
    assert!(server.anonymous().get("/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
}
