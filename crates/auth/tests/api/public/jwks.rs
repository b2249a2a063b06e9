use crate::service::Service;
use serde_json::json;

/// One Ed25519 key, its public half only, under both paths.
#[tokio::test]
async fn the_public_key_is_published() {
    let service = Service::start().await;
    let answer = service.get("/api/auth/jwks", &[]).await;
    let key = answer.json()["keys"][0].clone();
    assert_eq!(
        answer.whole(),
        (200, json!({"keys": [{"alg": "EdDSA", "crv": "Ed25519", "x": key["x"], "kty": "OKP", "kid": key["kid"]}]}))
    );
    assert_eq!((key["x"].as_str().unwrap().len(), key["kid"].as_str().unwrap().len()), (43, 32));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(service.get("/.well-known/jwks.json", &[]).await.text, answer.text);
}
