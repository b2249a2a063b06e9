use crate::service::{ISSUER, Service};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PATH: &str = "/.well-known/openid-configuration";

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// Issuer, keys and algorithm are the real ones, and no endpoint is announced that does not exist.
#[tokio::test]
async fn what_verifies_our_tokens_is_described() {
    let service = Service::with(&[("PUBLIC_URL", "https://connectors.example.com")]).await;
    let answer = service.get(PATH, &[]).await;
    assert_eq!(
        answer.whole(),
        (
            200,
            json!({
                "issuer": ISSUER,
                "jwks_uri": "https://connectors.example.com/.well-known/jwks.json",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "claims_supported": answer.json()["claims_supported"],
            })
        )
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// The claims that are announced are the ones that a token has.
#[tokio::test]
async fn the_announced_claims_are_those_of_a_token() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let token = service.get("/api/auth/token", &[("cookie", &jar)]).await.json()["token"].as_str().unwrap().to_owned();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    let document = service.get(PATH, &[]).await.json();
    assert_eq!(names(&document["claims_supported"]), payload.as_object().unwrap().keys().map(String::as_str).collect());
}
