use crate::service::{ISSUER, Service};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

fn server(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": "https://connectors.example.com/oauth2/authorize",
        "token_endpoint": "https://connectors.example.com/oauth2/token",
        "registration_endpoint": "https://connectors.example.com/oauth2/register",
        "revocation_endpoint": "https://connectors.example.com/oauth2/revoke",
        "jwks_uri": "https://connectors.example.com/.well-known/jwks.json",
        "scopes_supported": ["mcp:tools", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
    })
}

/// Both documents say the same of the server, and the second one also what verifies the tokens of sessions.
#[tokio::test]
async fn the_server_is_described() {
    let service = Service::with(&[("PUBLIC_URL", "https://connectors.example.com")]).await;
    let oauth = service.get(OAUTH, &[]).await;
    assert_eq!(oauth.whole(), (200, server(ISSUER)));
    assert_eq!(oauth.header("content-type"), Some("application/json"));
    let openid = service.get(OPENID, &[]).await;
    let mut expected = server(ISSUER);
    expected["subject_types_supported"] = json!(["public"]);
    expected["id_token_signing_alg_values_supported"] = json!(["EdDSA"]);
    expected["claims_supported"] = openid.json()["claims_supported"].clone();
    assert_eq!(openid.whole(), (200, expected));
}

/// The claims that are announced are the ones that a token has.
#[tokio::test]
async fn the_announced_claims_are_those_of_a_token() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let token = service.get("/api/auth/token", &[("cookie", &jar)]).await.json()["token"].as_str().unwrap().to_owned();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    let document = service.get(OPENID, &[]).await.json();
    assert_eq!(names(&document["claims_supported"]), payload.as_object().unwrap().keys().map(String::as_str).collect());
}

/// An issuer with a path is found wherever clients look for it, and said as it is configured.
#[tokio::test]
async fn an_issuer_with_a_path_is_found() {
    let issuer = "https://auth.example/tenant/a/";
    let settings = [("AUTH_ISSUER", issuer), ("PUBLIC_URL", "https://connectors.example.com")];
    let service = Service::with(&settings).await;
    for path in [
        OAUTH.to_owned(),
        format!("{OAUTH}/tenant/a"),
        format!("{OPENID}/tenant/a"),
        format!("/tenant/a{OPENID}"),
        format!("/tenant/a{OAUTH}"),
    ] {
        let answer = service.get(&path, &[]).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["issuer"]), (200, &json!(issuer)), "{path}");
    }
    for path in [format!("{OAUTH}/tenant"), format!("{OAUTH}/tenant/a/"), format!("/tenant{OPENID}")] {
        assert_eq!(service.get(&path, &[]).await.status, 404, "{path}");
    }
}

/// A client in a browser may come from any page, without cookies; the pages for people answer to no script.
#[tokio::test]
async fn any_page_may_be_a_client() {
    let service = Service::start().await;
    let asking = [
        ("origin", "https://inspector.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "mcp-protocol-version,content-type,authorization"),
    ];
    for path in [OAUTH, OPENID, "/oauth2/token", "/oauth2/register", "/oauth2/revoke"] {
        let answer = service.send(Method::OPTIONS, path, &asking, "").await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
        let allowed = answer.header("access-control-allow-headers").unwrap();
        for header in ["mcp-protocol-version", "content-type", "authorization"] {
            assert!(allowed.contains(header), "{path} {header}");
        }
    }
    let answer = service.get(OAUTH, &[asking[0]]).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    for path in ["/oauth2/authorize", "/oauth2/sign-in", "/oauth2/consent"] {
        let preflight = service.send(Method::OPTIONS, path, &asking, "").await;
        let page = service.get(path, &[asking[0]]).await;
        for answer in [preflight, page] {
            let told: Vec<_> =
                answer.headers.keys().filter(|name| name.as_str().starts_with("access-control")).collect();
            assert!(told.is_empty() && answer.status != 200, "{path}: {told:?} {}", answer.status);
        }
    }
}
