use super::{start, with};
use crate::clients::{refusal, refused};
use reqwest::Method;
use serde_json::{Value, json};

/// What a known client of MCP sends is answered with all that was registered, and nothing that was not.
#[tokio::test]
async fn a_public_client_registers() {
    let (service, server) = start().await;
    let answer = server
        .register(&json!({
            "client_name": "Some \u{202e}client", "redirect_uris": ["http://127.0.0.1:9/callback"],
            "grant_types": ["authorization_code", "refresh_token", "urn:x"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "application_type": "native", "scope": "mcp:tools", "unknown": [1],
        }))
        .await;
    let registered = answer.json();
    let id = registered["client_id"].as_str().unwrap();
    assert!(id.starts_with("c_") && id.len() == 34, "{id}");
    let expected = json!({
        "client_id": id, "client_id_issued_at": registered["client_id_issued_at"], "client_name": "Some client",
        "redirect_uris": ["http://127.0.0.1:9/callback"], "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "token_endpoint_auth_method": "none", "scope": "mcp:tools offline_access",
    });
    assert_eq!(answer.whole(), (201, expected));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!((service.clock.now().timestamp() - registered["client_id_issued_at"].as_i64().unwrap()).abs() <= 5);
}

/// A client that can keep a secret gets one, by its wish or because it did not say; the table has its digest only.
#[tokio::test]
async fn a_client_gets_a_secret_once() {
    let (service, server) = start().await;
    for (asked, method) in [
        (json!({}), "client_secret_basic"),
        (json!({"token_endpoint_auth_method": "client_secret_basic"}), "client_secret_basic"),
        (json!({"token_endpoint_auth_method": "client_secret_post"}), "client_secret_post"),
    ] {
        let mut metadata = json!({"redirect_uris": ["https://client.example/cb"]});
        metadata.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let registered = server.register(&metadata).await.json();
        let secret = registered["client_secret"].as_str().unwrap();
        assert_eq!(
            (&registered["token_endpoint_auth_method"], &registered["client_secret_expires_at"], secret.len()),
            (&json!(method), &json!(0), 43)
        );
        assert_eq!(registered["grant_types"], json!(["authorization_code"]));
        assert!(!service.database.dump("oauth_clients").await.contains(secret));
    }
}

/// Each refusal has the code that RFC 7591 gives it, and leaves nothing behind.
#[tokio::test]
async fn a_bad_registration_is_refused() {
    let (service, server) = start().await;
    let with_uri = |uri: &str| json!({"redirect_uris": [uri]}).to_string();
    let cases: Vec<(String, &str)> = [
        "http://client.example/cb",
        "https://client.example/cb#x",
        "https://*.client.example/cb",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///x",
        "myapp://cb",
    ]
    .iter()
    .map(|uri| (with_uri(uri), "invalid_redirect_uri"))
    .chain([
        ("{}".to_owned(), "invalid_redirect_uri"),
        ("[]".to_owned(), "invalid_client_metadata"),
        ("nonsense".to_owned(), "invalid_client_metadata"),
        (String::new(), "invalid_client_metadata"),
        (
            json!({"redirect_uris": ["https://a.example/cb"], "grant_types": ["password"]}).to_string(),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "tls_client_auth"})
                .to_string(),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["https://a.example/cb"], "x": "y".repeat(70_000)}).to_string(),
            "invalid_client_metadata",
        ),
    ])
    .collect();
    for (body, code) in cases {
        let headers = [("content-type", "application/json")];
        let answer = server.send(Method::POST, "/oauth2/register", &headers, body.as_str()).await;
        assert_eq!(refusal(&answer), refused(400, code), "{body:.80}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.send(Method::POST, "/oauth2/register", &form, "redirect_uris=https://a.example/cb").await;
    assert_eq!(refusal(&answer), refused(400, "invalid_client_metadata"));
    assert_eq!(service.count("oauth_clients").await, 0);
}

/// One address registers twenty clients an hour; what is refused is not stored, and other addresses go on.
#[tokio::test]
async fn registrations_are_counted_by_address() {
    let (service, server) = with(&[("AUTH_RATE_LIMIT", "on"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let register = async |address: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        let body = json!({"redirect_uris": ["https://client.example/cb"]}).to_string();
        server.send(Method::POST, "/oauth2/register", &headers, body).await
    };
    for _ in 0..20 {
        assert_eq!(register("203.0.113.1").await.status, 201);
    }
    let refused = register("203.0.113.1").await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"].take()), (429, Value::Null));
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 3_000);
    assert_eq!(register("203.0.113.2").await.status, 201);
    assert_eq!(service.count("oauth_clients").await, 21);
}
