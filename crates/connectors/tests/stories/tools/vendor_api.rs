//! The vendors' APIs as a tool, within what the person has allowed.

use super::{allow, call, connected, entry, found, somebody, source, text, toolbox};
use crate::support::Server;
use agent::Toolbox;
use kernel::UserId;
use serde_json::{Value, json};

const NAME: &str = "connectors__call_vendor_api";

/// A person with Ann's account and the tool under these limits.
async fn limited(server: &Server, provider: &str, limits: Value) -> (UserId, Value) {
    let (user, member) = somebody(server);
    let connection = connected(server, &member, provider, "ann").await;
    let mut allowed = entry(&source(&found(&member).await, &json!("connectors")), "call_vendor_api");
    allowed["arguments"] = limits;
    allow(&member, &[allowed]).await;
    (user, connection)
}

async fn status(toolbox: &Toolbox, connection: &Value, more: Value) -> Option<u64> {
    let mut arguments = more;
    arguments["connection_id"] = connection["id"].clone();
    let outcome = call(toolbox, NAME, arguments).await;
    outcome.structured.map(|answer| answer["status"].as_u64().unwrap())
}

/// Reading, writing and a refusal come back as the vendor said them, and no token with them.
#[tokio::test]
async fn a_vendors_answer_comes_back_as_it_is() {
    let server = Server::start().await;
    let (user, github) = limited(&server, "github", json!({})).await;
    let open = toolbox(&server, user).await;
    let me = json!({"connection_id": github["id"], "method": "GET", "path": "user"});
    let outcome = call(&open, NAME, me.clone()).await;
    let answer = outcome.structured.clone().unwrap();
    assert_eq!((outcome.is_error, &answer["status"], &answer["cut"]), (false, &json!(200), &json!(false)));
    assert!(answer["headers"]["content-type"].as_str().unwrap().starts_with("application/json"));
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["login"], "ann");
    assert_eq!(serde_json::from_str::<Value>(text(&outcome)).unwrap(), answer);
    let missing = json!({"connection_id": github["id"], "method": "GET", "path": "repos/ann/nothing"});
    let missing = call(&open, NAME, missing).await;
    assert_eq!((missing.is_error, missing.structured.unwrap()["status"].as_u64()), (true, Some(404)));
    server.sandbox.fault("github", "api", "huge_body", 1).await;
    let huge = call(&open, NAME, me).await.structured.unwrap();
    assert_eq!((huge["body"].as_str().unwrap().len(), &huge["cut"]), (80 * 1024, &json!(true)));

    let (user, linear) = limited(&server, "linear", json!({})).await;
    let query = json!({"query": "query { viewer { id } }"});
    let post = json!({"method": "POST", "path": "graphql", "body": query});
    assert_eq!(status(&toolbox(&server, user).await, &linear, post).await, Some(200));
}

/// Limits on method and path hold: whatever could be read as another request than they allow is sent nowhere.
#[tokio::test]
async fn limits_cannot_be_dodged() {
    let server = Server::start().await;
    let limits = json!({"/method": {"one_of": ["GET"]}, "/path": {"prefix": "repos/"}, "/body": "absent"});
    let (user, github) = limited(&server, "github", limits).await;
    let open = toolbox(&server, user).await;
    server
        .sandbox
        .change("github", "ann", json!({"kind": "repository", "op": "create", "item": {"name": "shop"}}))
        .await;
    let get = |path: &str| json!({"method": "GET", "path": path});
    assert_eq!(status(&open, &github, get("repos/ann/shop/issues")).await, Some(200));
    let calls = server.sandbox.count("github", "api_calls").await;
    let mut dodges: Vec<Value> = [
        "user",
        "/repos/../user",
        "repos/../user",
        "repos/./../user",
        "repos/%2e%2e/user",
        "repos/%2E%2E/user",
        "repos/.%2e/user",
        "repos/%252e%252e/user",
        "repos/%25252e%25252e/user",
        "repos/..%2fuser",
        "repos/%2e%2e%2fuser",
        "repos/..;/user",
        "repos/..;a=b/user",
        "repos/x/..%3b/user",
        "repos/\\..\\user",
        "repos/%5c..%5cuser",
        "repos//user",
        "repos/%2fuser",
        "repos/\t../user",
        "repos/.\u{200b}./user",
        "repos/\u{ff0e}\u{ff0e}/user",
        "repos/..\u{0}/user",
        "repos/..%00/user",
        "repos/?x",
        "repos/x?/../../user",
        "repos/x#/../../user",
        "repos/%c0%ae%c0%ae/user",
        "REPOS/ann/shop",
        " repos/ann/shop",
    ]
    .map(get)
    .into();
    dodges.extend(
        ["get", "POST", "DELETE", "GET ", "HEAD"]
            .map(|method| json!({"method": method, "path": "repos/ann/shop/issues"})),
    );
    dodges.push(json!({"method": "GET", "path": ["repos/ann/shop/issues"]}));
    dodges.push(json!({"method": "GET", "path": "repos/ann/shop/issues", "body": {}}));
    dodges.push(json!({"method": "GET", "path": "repos/ann/shop/issues", "query": {"_method": "DELETE"}}));
    dodges.push(
        json!({"method": "GET", "path": "repos/ann/shop/issues", "headers": {"x-http-method-override": "DELETE"}}),
    );
    for dodge in dodges {
        assert_eq!(status(&open, &github, dodge.clone()).await, None, "{dodge}");
    }
    assert_eq!(server.sandbox.count("github", "api_calls").await, calls);
}
