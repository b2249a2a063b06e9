use crate::service::{Service, config};
use auth::{App, KeysError};
use kernel::Clock;
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

/// Replicas that start together on an empty database agree on one key.
#[tokio::test]
async fn replicas_share_one_key() {
    let service = Service::start().await;
    let replicas: Vec<_> =
        (0..4).map(|_| App::new(&config(&[]), service.database.pool.clone(), Clock::system()).unwrap()).collect();
    let (a, b, c, d) = tokio::join!(
        replicas[0].load_keys(),
        replicas[1].load_keys(),
        replicas[2].load_keys(),
        replicas[3].load_keys(),
    );
    assert!([a, b, c, d].iter().all(Result::is_ok));
    assert_eq!(service.count("signing_keys").await, 1);
    assert_eq!(service.get("/api/auth/jwks", &[]).await.status, 200);
}

/// With another `JWT_SECRET` the stored key does not open, and the service finds out at start.
#[tokio::test]
async fn a_wrong_secret_is_found_at_start() {
    let service = Service::start().await;
    assert_eq!(service.get("/api/auth/jwks", &[]).await.status, 200);
    let wrong = config(&[("JWT_SECRET", "a-wrong-secret-0123456789-0123456789")]);
    let app = App::new(&wrong, service.database.pool.clone(), Clock::system()).unwrap();
    assert!(matches!(app.load_keys().await, Err(KeysError::Open(_))));
}
