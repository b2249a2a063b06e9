//! Vendors that are described by JSON.

use crate::support::{Answer, CHALLENGE, Sandbox, VERIFIER, answer, config, query, start};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

const CALLBACK: &str = "https://localhost/oauth/acme/callback";

fn described() -> Value {
    json!({
        "client_id": "acme-id", "client_secret": "acme secret", "redirect_uris": [CALLBACK],
        "authorize_path": "/oauth/authorize", "token_path": "/oauth/token", "revoke_path": "/oauth/revoke",
        "userinfo_path": "/api/me", "scope_separator": ",", "client_auth": "basic", "pkce": "required",
        "token_body": "form", "rotation": "replaced", "access_ttl_seconds": 3600,
        "required_authorize_params": {"audience": "acme"}, "required_token_params": {"tenant": "t"},
        "account": {"id": 7, "login": "ann"},
    })
}

async fn register(sandbox: &Sandbox, changes: Value) -> Answer {
    let mut body = described();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    answer(sandbox.client.put(sandbox.url("/_control/generic/acme")).json(&body).send().await.unwrap()).await
}

async fn visit(sandbox: &Sandbox, changes: &[(&str, Option<&str>)]) -> Response {
    let mut pairs = vec![
        ("client_id", "acme-id"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "read,write"),
        ("state", "st4te"),
        ("audience", "acme"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("sandbox_consent", "approve"),
    ];
    for (name, value) in changes {
        pairs.retain(|(each, _)| each != name);
        pairs.extend(value.map(|value| (*name, value)));
    }
    let url = Url::parse_with_params(&sandbox.url("/generic/acme/oauth/authorize"), pairs).unwrap();
    sandbox.client.get(url).send().await.unwrap()
}

/// A token request with Basic and a form.
async fn ask(sandbox: &Sandbox, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = sandbox.client.post(sandbox.url(path)).basic_auth("acme-id", Some("acme secret"));
    answer(request.form(&[&[("tenant", "t")], fields].concat()).send().await.unwrap()).await
}

fn exchange(code: &str) -> [(&str, &str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]
}

async fn code(sandbox: &Sandbox) -> String {
    query(&visit(sandbox, &[]).await)["code"].clone()
}

/// The whole way, at the paths that were given and at no others.
#[tokio::test]
async fn a_described_vendor_is_served() {
    let sandbox = start(config()).await;
    let registered = register(&sandbox, json!({})).await;
    assert_eq!(registered.body, json!({"base_url": sandbox.url("/generic/acme")}));
    let got = ask(&sandbox, "/generic/acme/oauth/token", &exchange(&code(&sandbox).await)).await.body;
    let (access, refresh) = (got["access_token"].as_str().unwrap(), got["refresh_token"].as_str().unwrap());
    assert_eq!((&got["expires_in"], &got["scope"]), (&json!(3600), &json!("read,write")));
    assert_eq!(sandbox.read("/generic/acme/api/me", access).await.body, json!({"id": 7, "login": "ann"}));
    assert_eq!(sandbox.read("/generic/acme/api/me", "guess").await.status, StatusCode::UNAUTHORIZED);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let renewed = ask(&sandbox, "/generic/acme/oauth/token", &fields).await.body;
    assert!(renewed["refresh_token"].is_string());
    let again = ask(&sandbox, "/generic/acme/oauth/token", &fields).await;
    assert_eq!((again.status, &again.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    let access = renewed["access_token"].as_str().unwrap();
    assert_eq!(ask(&sandbox, "/generic/acme/oauth/revoke", &[("token", access)]).await.status, StatusCode::OK);
    assert_eq!(sandbox.read("/generic/acme/api/me", access).await.status, StatusCode::UNAUTHORIZED);
    for path in ["/generic/acme/token", "/generic/acme/probe", "/generic/other/oauth/token"] {
        assert_eq!(ask(&sandbox, path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let state = answer(sandbox.get("/_control/state").await).await.body["generic/acme"].clone();
    let counted =
        ["token_requests", "exchanges", "refreshes", "revocations", "api_calls"].map(|name| state[name].clone());
    assert_eq!(counted.map(|count| count.as_u64().unwrap()), [3, 1, 1, 1, 3]);
}

/// Each word of the description counts in the browser's request.
#[tokio::test]
async fn an_authorize_request_must_be_as_described() {
    let sandbox = start(config()).await;
    register(&sandbox, json!({})).await;
    for (name, value, error) in [
        ("response_type", None, "unsupported_response_type"),
        ("audience", None, "invalid_request"),
        ("audience", Some("other"), "invalid_request"),
        ("scope", Some("read write"), "invalid_scope"),
        ("scope", Some("read+write"), "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
    ] {
        assert_eq!(query(&visit(&sandbox, &[(name, value)]).await)["error"], error, "{name}: {value:?}");
    }
    for (name, value) in [("client_id", "other"), ("redirect_uri", "https://localhost/other")] {
        assert_eq!(visit(&sandbox, &[(name, Some(value))]).await.status(), StatusCode::BAD_REQUEST, "{name}");
    }
    register(&sandbox, json!({"pkce": "refused"})).await;
    assert_eq!(query(&visit(&sandbox, &[]).await)["error"], "invalid_request");
    register(&sandbox, json!({"pkce": "allowed", "scope_separator": "+"})).await;
    let allowed = visit(&sandbox, &[("code_challenge", None), ("scope", Some("read+write"))]).await;
    assert!(query(&allowed).contains_key("code"));
}

/// So it does in the token request: how the client says who it is, how the body is written, and what must be in it.
#[tokio::test]
async fn a_token_request_must_be_as_described() {
    let sandbox = start(config()).await;
    let url = sandbox.url("/generic/acme/oauth/token");
    let secret = [("client_id", "acme-id"), ("client_secret", "acme secret")];
    let alone = [("client_id", "acme-id")];
    for (style, header, named, is_right) in [
        ("basic", true, &[][..], true),
        ("basic", true, &alone[..], true),
        ("basic", true, &secret[..], false),
        ("basic", false, &secret[..], false),
        ("body", false, &secret[..], true),
        ("body", true, &secret[..], false),
        ("body", false, &alone[..], false),
        ("none", false, &alone[..], true),
        ("none", false, &secret[..], false),
        ("none", true, &alone[..], false),
    ] {
        register(&sandbox, json!({"client_auth": style})).await;
        let code = code(&sandbox).await;
        let form = [&exchange(&code)[..], &[("tenant", "t")], named].concat();
        let mut request = sandbox.client.post(&url).form(&form);
        if header {
            request = request.basic_auth("acme-id", Some("acme secret"));
        }
        let got = answer(request.send().await.unwrap()).await;
        let (status, error) = if is_right { (200, None) } else { (401, Some("invalid_client")) };
        assert_eq!((got.status.as_u16(), got.body["error"].as_str()), (status, error), "{style} {header} {named:?}");
    }
    register(&sandbox, json!({"token_body": "json", "client_auth": "body"})).await;
    let code = code(&sandbox).await;
    let form = [&exchange(&code)[..], &[("tenant", "t")], &secret[..]].concat();
    let refused = answer(sandbox.client.post(&url).form(&form).send().await.unwrap()).await;
    assert_eq!((refused.status, &refused.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")));
    let body: Value = form.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut bare = body.clone();
    bare.as_object_mut().unwrap().remove("tenant");
    for (body, error) in [(bare, Some("invalid_request")), (body, None)] {
        let got = answer(sandbox.client.post(&url).json(&body).send().await.unwrap()).await.body;
        assert_eq!(got["error"].as_str(), error);
    }
}

/// Refresh tokens may stay, be absent, or be redeemed elsewhere; tokens may be without an end.
#[tokio::test]
async fn renewal_is_as_described() {
    let sandbox = start(config()).await;
    let token = "/generic/acme/oauth/token";
    register(&sandbox, json!({"rotation": "never", "access_ttl_seconds": null})).await;
    let got = ask(&sandbox, token, &exchange(&code(&sandbox).await)).await.body;
    assert!(got["refresh_token"].is_null() && got["expires_in"].is_null() && got["access_token"].is_string());
    register(&sandbox, json!({"rotation": "kept", "refresh_path": "/oauth/renew"})).await;
    let got = ask(&sandbox, token, &exchange(&code(&sandbox).await)).await.body;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", got["refresh_token"].as_str().unwrap())];
    assert_eq!(ask(&sandbox, token, &fields).await.body["error"], "unsupported_grant_type");
    for _ in 0..2 {
        let renewed = ask(&sandbox, "/generic/acme/oauth/renew", &fields).await.body;
        assert!(renewed["refresh_token"].is_null() && renewed["access_token"].is_string());
    }
}

/// A key opens `/probe` in its own place only.
#[tokio::test]
async fn a_key_is_taken_in_its_place() {
    let sandbox = start(config()).await;
    let url = sandbox.url("/generic/acme/probe");
    let open = |header: Option<(&str, &str)>, query: &[(&str, &str)]| {
        let request = sandbox.client.get(Url::parse_with_params(&url, query).unwrap());
        let request = header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        async move { request.send().await.unwrap().status() == StatusCode::OK }
    };
    register(
        &sandbox,
        json!({"credential": {"placement": "header", "name": "X-Key", "prefix": "Key ", "value": "k3y"}}),
    )
    .await;
    assert!(open(Some(("x-key", "Key k3y")), &[]).await);
    assert!(!open(Some(("x-key", "k3y")), &[]).await);
    assert!(!open(Some(("authorization", "Key k3y")), &[]).await);
    assert!(!open(None, &[("X-Key", "k3y")]).await);
    register(&sandbox, json!({"credential": {"placement": "query", "name": "key", "value": "k3y"}})).await;
    assert!(open(None, &[("key", "k3y")]).await);
    assert!(!open(None, &[("key", "guess")]).await);
    register(&sandbox, json!({"credential": {"placement": "basic", "value": "ann:k3y"}})).await;
    assert!(open(Some(("authorization", "Basic YW5uOmszeQ==")), &[]).await);
    assert!(!open(Some(("authorization", "Bearer k3y")), &[]).await);
}

/// Its bad days are its own, and what cannot be read is refused.
#[tokio::test]
async fn faults_are_one_vendors() {
    let sandbox = start(config()).await;
    register(&sandbox, json!({})).await;
    let other = described();
    sandbox.client.put(sandbox.url("/_control/generic/other")).json(&other).send().await.unwrap();
    sandbox.control("generic/acme/faults", json!({"on": "exchange", "kind": "status_502_html"})).await;
    let code = code(&sandbox).await;
    let elsewhere = ask(&sandbox, "/generic/other/oauth/token", &exchange(&code)).await;
    assert_eq!(elsewhere.body["error"], "invalid_grant", "another vendor's code");
    let failed = ask(&sandbox, "/generic/acme/oauth/token", &exchange(&code)).await;
    assert_eq!(failed.status, StatusCode::BAD_GATEWAY);
    let wrong = sandbox.control("generic/nobody/faults", json!({"on": "token", "kind": "empty"})).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    assert_eq!(register(&sandbox, json!({"pkce": "perhaps"})).await.status, StatusCode::BAD_REQUEST);
}
