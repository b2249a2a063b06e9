//! The two eras of the protocol.

use super::{MODERN, client, legacy, modern, names};
use crate::support::answer;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A legacy client opens, is answered in the version that it asked for or in the newest, and goes on without a session.
#[tokio::test]
async fn a_legacy_client_is_served() {
    let client = client().await;
    let hello = |version: &str| {
        let info = json!({"name": "tests", "version": "1"});
        json!({"protocolVersion": version, "capabilities": {}, "clientInfo": info})
    };
    for (asked, told) in [("2025-11-25", "2025-11-25"), ("2024-11-05", "2024-11-05"), ("2030-01-01", "2025-11-25")] {
        let response = client.post(&legacy("initialize", &hello(asked))).send().await.unwrap();
        assert!(!response.headers().contains_key("mcp-session-id"));
        let result = answer(response).await.body["result"].clone();
        assert_eq!((&result["protocolVersion"], &result["serverInfo"]["name"]), (&json!(told), &json!("linear")));
        assert_eq!(result["capabilities"], json!({"tools": {"listChanged": false}}));
    }
    let halting = client.send("initialize", json!({"protocolVersion": "2025-11-25"})).await;
    assert_eq!(halting["error"]["code"], -32602);
    assert_eq!(client.send("resources/list", json!({})).await["error"]["code"], -32601);
    let listed = client.send("tools/list", json!({})).await["result"].clone();
    assert!(names(&listed).contains(&"list_issues".to_owned()) && listed.get("nextCursor").is_none());
    assert!(listed.get("resultType").is_none() && listed.get("ttlMs").is_none());
    let unknown = client.send("tools/call", json!({"name": "nope"})).await;
    assert_eq!(unknown["error"], json!({"code": -32602, "message": "Tool nope not found"}));
}

/// A modern client needs no opening; every result says that it is whole, and lists say that nobody may keep them.
#[tokio::test]
async fn a_modern_client_is_served() {
    let client = client().await;
    let info = json!({"io.modelcontextprotocol/serverInfo": {"name": "linear", "version": "1.0.0"}});
    for (method, params) in [
        ("server/discover", json!({})),
        ("tools/list", json!({})),
        ("tools/call", json!({"name": "list_issues", "arguments": {}})),
    ] {
        let told = answer(client.post_modern(&modern(method, &params)).send().await.unwrap()).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        let result = &told.body["result"];
        assert_eq!((&result["resultType"], &result["_meta"]), (&json!("complete"), &info), "{method}");
        let is_list = method != "tools/call";
        assert_eq!(result["ttlMs"] == 0 && result["cacheScope"] == "private", is_list, "{method}");
    }
    for gone in ["initialize", "ping", "nope/nope"] {
        let refused = answer(client.post_modern(&modern(gone, &json!({}))).send().await.unwrap()).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (StatusCode::NOT_FOUND, &json!(-32601)), "{gone}");
    }
    let quiet = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    let quiet = client.post(&quiet).header("mcp-protocol-version", MODERN);
    assert_eq!(quiet.send().await.unwrap().status(), StatusCode::ACCEPTED);
}

/// What a modern request says in its headers and in its body is the same, or it is refused.
#[tokio::test]
async fn modern_headers_are_held_against_the_body() {
    let client = client().await;
    let call = modern("tools/call", &json!({"name": "list_issues", "arguments": {}}));
    let envelope = |key: &str, value: Value| {
        let mut body = call.clone();
        let meta = body["params"]["_meta"].as_object_mut().unwrap();
        meta.insert(format!("io.modelcontextprotocol/{key}"), value);
        meta.retain(|_, value| !value.is_null());
        body
    };
    for (body, header, value, code) in [
        (call.clone(), "mcp-method", None, -32020),
        (call.clone(), "mcp-method", Some("tools/list"), -32020),
        (call.clone(), "mcp-name", None, -32020),
        (call.clone(), "mcp-name", Some("other"), -32020),
        (call.clone(), "mcp-protocol-version", None, -32020),
        (call.clone(), "mcp-protocol-version", Some("2025-11-25"), -32020),
        (envelope("protocolVersion", json!("1900-01-01")), "mcp-protocol-version", Some("1900-01-01"), -32022),
        (envelope("protocolVersion", Value::Null), "x", Some("x"), -32602),
        (envelope("clientCapabilities", Value::Null), "x", Some("x"), -32602),
        (envelope("clientInfo", Value::Null), "x", Some("x"), -32602),
    ] {
        let mut request = client.post_modern(&body).build().unwrap();
        match value {
            Some(value) => drop(request.headers_mut().insert(header, value.parse().unwrap())),
            None => drop(request.headers_mut().remove(header)),
        }
        let refused = answer(client.sandbox.client.execute(request).await.unwrap()).await;
        let error = &refused.body["error"];
        assert_eq!((refused.status, &error["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{header}: {value:?}");
        assert!(error["data"].is_object(), "{error}");
    }
    // In base64 a name may have any letters.
    let mut request = client.post_modern(&call).build().unwrap();
    request.headers_mut().insert("mcp-name", "=?base64?bGlzdF9pc3N1ZXM=?=".parse().unwrap());
    assert_eq!(client.sandbox.client.execute(request).await.unwrap().status(), StatusCode::OK);
}

/// A server may be of one era only, and says to clients of the other which it is.
#[tokio::test]
async fn a_server_may_be_of_one_era() {
    let client = client().await;
    let discover = modern("server/discover", &json!({}));
    let opening = legacy("initialize", &json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {}}));
    client.set(json!({"era": "legacy"})).await;
    let refused = answer(client.post_modern(&discover).send().await.unwrap()).await.body;
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["data"]["supported"][0]),
        (&json!(-32022), &json!("2025-11-25"))
    );
    assert_eq!(client.post(&opening).send().await.unwrap().status(), StatusCode::OK);
    client.set(json!({"era": "modern"})).await;
    assert_eq!(client.post_modern(&discover).send().await.unwrap().status(), StatusCode::OK);
    let refused = answer(client.post(&opening).send().await.unwrap()).await.body;
    assert_eq!(refused["error"]["data"], json!({"supported": [MODERN], "requested": "2025-11-25"}));
}
