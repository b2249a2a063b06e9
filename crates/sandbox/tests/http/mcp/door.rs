//! Who is let in, and what is understood.

use super::{client, legacy};
use crate::support::{LINEAR, answer};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Without a token nothing is answered but where to get one, whatever the request is; a dead token is called so.
#[tokio::test]
async fn without_a_token_there_is_a_challenge() {
    let client = client().await;
    let url = client.sandbox.url("/linear/mcp");
    for (method, token) in [(Method::POST, None), (Method::GET, None), (Method::POST, Some("dead"))] {
        let request = client.sandbox.client.request(method, &url);
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
        assert_eq!(challenge.contains("error=\"invalid_token\""), token.is_some(), "{challenge}");
        let (_, rest) = challenge.split_once("resource_metadata=\"").unwrap();
        let metadata = rest.split('"').next().unwrap();
        let told = answer(client.sandbox.client.get(metadata).send().await.unwrap()).await.body;
        assert_eq!(
            (&told["resource"], &told["authorization_servers"]),
            (&json!(url), &json!([client.sandbox.url("/linear")]))
        );
        assert_eq!(told["scopes_supported"], json!(["comments:create", "issues:create", "read", "write"]));
    }
    client.sandbox.control("clock", json!({"advance_seconds": 100_000})).await;
    assert_eq!(client.post(&legacy("ping", &json!({}))).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let nobody = client.sandbox.get("/.well-known/oauth-protected-resource/spotify/mcp").await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}

/// The transport is strict: methods, what is accepted, what is sent, where from, and which version.
#[tokio::test]
async fn the_transport_is_strict() {
    let client = client().await;
    let ping = legacy("ping", &json!({}));
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let refused =
            client.sandbox.client.request(method, client.sandbox.url("/linear/mcp")).bearer_auth(&client.token);
        let refused = refused.send().await.unwrap();
        assert_eq!(
            (refused.status(), &refused.headers()["allow"]),
            (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap())
        );
    }
    for (name, value, status) in [
        ("accept", "application/json", 406),
        ("accept", "*/*", 406),
        ("accept", "text/event-stream;q=0.5,application/json", 200),
        ("content-type", "text/plain", 415),
        ("content-type", "application/json; charset=utf-8", 200),
        ("origin", "https://evil.example", 403),
        ("mcp-protocol-version", "1900-01-01", 400),
        ("mcp-protocol-version", "2025-06-18", 200),
    ] {
        let mut request = client.post(&ping).build().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let response = client.sandbox.client.execute(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{name}: {value}");
    }
    let long = legacy("ping", &json!({"x": "x".repeat(5 * 1024 * 1024)}));
    assert_eq!(client.post(&long).send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

/// A body is one message: no batch, no id that is null, and an error that cannot be told whose it is has none.
#[tokio::test]
async fn a_body_is_one_message() {
    let client = client().await;
    for (body, code) in [
        ("{\"jsonrpc\":", -32700),
        ("[]", -32600),
        ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32600),
        ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1}", -32600),
    ] {
        let refused = answer(client.post(&Value::Null).body(body).send().await.unwrap()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!((&refused.body["error"]["code"], &refused.body["id"]), (&json!(code), &Value::Null), "{body}");
    }
    for quiet in [
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}),
        json!({"jsonrpc": "2.0", "id": 7, "result": {}}),
    ] {
        let response = client.post(&quiet).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert_eq!(response.text().await.unwrap(), "");
    }
    // An id comes back as it was sent.
    for id in [json!("seven"), json!(7)] {
        let request = json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
        let answer = answer(client.post(&request).send().await.unwrap()).await.body;
        assert_eq!(answer, json!({"jsonrpc": "2.0", "id": id, "result": {}}));
    }
}

/// Each token sees what its own person keeps, and what was asked is kept with whose token it was.
#[tokio::test]
async fn two_people_have_two_sets_of_data() {
    let mut client = client().await;
    let create = |account: &str, title: &str| json!({"kind": "issue", "op": "create", "account": account, "item": {"title": title}});
    client.sandbox.control("linear/data", create("sandbox-octo", "Octo's")).await;
    client.sandbox.control("linear/data", create("ann", "Ann's")).await;
    let titles =
        async |client: &super::Client| client.found("list_issues", json!({})).await["issues"][0]["title"].clone();
    assert_eq!(titles(&client).await, "Octo's");
    client.sandbox.control("linear/person", json!({"account": "ann"})).await;
    let octos = std::mem::replace(&mut client.token, client.sandbox.connect(LINEAR).await.0);
    assert_eq!(titles(&client).await, "Ann's");

    let told = answer(client.sandbox.get("/_control/linear/mcp/requests").await).await.body;
    let requests = told["requests"].as_array().unwrap();
    let whose: Vec<&Value> = requests.iter().map(|request| &request["credential"]["account"]).collect();
    assert_eq!(whose, ["sandbox-octo", "ann"]);
    assert_eq!(requests[1]["body"]["params"]["name"], "list_issues");
    assert!(!told.to_string().contains(&octos) && !told.to_string().contains(&client.token));
}

/// Faults are for the server alone: the API beside it does not have them, and they are counted apart.
#[tokio::test]
async fn the_server_has_faults_of_its_own() {
    let client = client().await;
    client.sandbox.control("linear/faults", json!({"on": "mcp", "kind": "status_429", "retry_after_seconds": 3})).await;
    assert_eq!(client.sandbox.api(LINEAR, &client.token).await.status, StatusCode::OK);
    let limited = client.post(&legacy("ping", &json!({}))).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"3".parse().unwrap()));
    assert_eq!(client.send("ping", json!({})).await["result"], json!({}));
    assert_eq!(
        (client.sandbox.counter("linear", "mcp_calls").await, client.sandbox.counter("linear", "api_calls").await),
        (2, 1)
    );
}
