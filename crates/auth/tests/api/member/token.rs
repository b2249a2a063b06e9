use crate::service::{AUDIENCE, FORGOTTEN, ISSUER, Service, problem};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use identity::{FetchError, Verifier, VerifyError};
use serde_json::{Value, json};

const PATH: &str = "/api/auth/token";

async fn token(service: &Service, jar: &str) -> String {
    service.get(PATH, &[("cookie", jar)]).await.json()["token"].as_str().unwrap().to_owned()
}

async fn verifier(service: &Service) -> Verifier {
    let jwks = service.get("/api/auth/jwks", &[]).await.text;
    Verifier::new(ISSUER, AUDIENCE, service.clock.clone(), move || {
        let bytes = jwks.clone().into_bytes();
        Box::pin(async move { Ok::<_, FetchError>(bytes) })
    })
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// Header and payload are exactly Better Auth's, with our issuer and audience, for fifteen minutes.
#[tokio::test]
async fn a_token_says_who_is_calling() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let token = token(&service, &ada.jar()).await;
    let jwks = service.get("/api/auth/jwks", &[]).await.json();
    assert_eq!(part(&token, 0), json!({"alg": "EdDSA", "kid": jwks["keys"][0]["kid"]}));
    let payload = part(&token, 1);
    let issued = payload["iat"].as_i64().unwrap();
    let mut expected = ada.json()["user"].clone();
    let id = expected["id"].clone();
    expected.as_object_mut().unwrap().extend([
        ("sub".to_owned(), id),
        ("iss".to_owned(), json!(ISSUER)),
        ("aud".to_owned(), json!(AUDIENCE)),
        ("iat".to_owned(), json!(issued)),
        ("exp".to_owned(), json!(issued + 900)),
    ]);
    assert_eq!(payload, expected);
    assert!((service.clock.now().timestamp() - issued).abs() <= 5);
}

/// The verifier of the connectors service accepts it, until it expires; so does it the one in the session's header.
#[tokio::test]
async fn the_connectors_service_accepts_it() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let verifier = verifier(&service).await;
    let id: kernel::UserId = ada.json()["user"]["id"].as_str().unwrap().parse().unwrap();
    let token = token(&service, &ada.jar()).await;
    let in_header = service.session(&[("cookie", &ada.jar())]).await.header("set-auth-jwt").unwrap().to_owned();
    for token in [&token, &in_header] {
        assert_eq!(verifier.verify(token).await.map(|claims| claims.sub), Ok(id));
    }
    service.clock.advance(TimeDelta::minutes(16));
    assert_eq!(verifier.verify(&token).await, Err(VerifyError::Expired));
}

/// Nobody, a forged cookie, an ended session and a JWT in place of a session are told to sign in; who shows a dead
/// session is told to forget it.
#[tokio::test]
async fn without_a_session_there_is_no_token() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let jwt = format!("Bearer {}", token(&service, &ada.jar()).await);
    let forged = ada.jar().replace("session_token=", "session_token=x");
    let unauthorized = problem(401, "UNAUTHORIZED", "Unauthorized");
    for headers in [&[][..], &[("cookie", forged.as_str())], &[("authorization", &jwt)]] {
        let answer = service.get(PATH, headers).await;
        assert_eq!((answer.whole(), answer.cookies()), (unauthorized.clone(), vec![]), "{headers:?}");
    }
    service.post("/api/auth/sign-out", &ada.jar(), &json!({})).await;
    for headers in [[("cookie", ada.jar().as_str())], [("authorization", "Bearer nope")]] {
        let answer = service.get(PATH, &headers).await;
        assert_eq!((answer.whole(), answer.cookies()), (unauthorized.clone(), FORGOTTEN.to_vec()), "{headers:?}");
    }
}

/// A bare session token is enough, and asking for a JWT keeps the session alive like any other use.
#[tokio::test]
async fn a_token_can_be_had_by_bearer_and_renews() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let bearer = format!("Bearer {}", ada.json()["token"].as_str().unwrap());
    let answer = service.get(PATH, &[("authorization", &bearer)]).await;
    assert_eq!((answer.status.as_u16(), answer.cookies()), (200, vec![]));
    service.clock.advance(TimeDelta::days(1));
    assert_eq!(service.get(PATH, &[("authorization", &bearer)]).await.cookies(), ada.cookies());
}

/// Within half a minute whoever asks again gets the same token, and never one of before a change: of the person, of the key that
/// signs, or of the time.
#[tokio::test]
async fn a_token_of_a_moment_ago_is_given_again() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let first = token(&service, &ada.jar()).await;
    // Far from the half minute on either side: the clock goes on while a slow machine answers.
    service.clock.advance(TimeDelta::seconds(10));
    assert_eq!(token(&service, &ada.jar()).await, first);
    assert_eq!(service.session(&[("cookie", &ada.jar())]).await.header("set-auth-jwt"), Some(first.as_str()));
    service.clock.advance(TimeDelta::seconds(21));
    let second = token(&service, &ada.jar()).await;
    assert!(part(&second, 1)["iat"].as_i64().unwrap() - part(&first, 1)["iat"].as_i64().unwrap() >= 31);
    service.post("/api/auth/update-user", &ada.jar(), &json!({"name": "Countess"})).await;
    let renamed = token(&service, &ada.jar()).await;
    assert_eq!(part(&renamed, 1)["name"], "Countess");
    service.app.rotate_keys(auth::Takeover::Now).await.unwrap();
    assert_ne!(part(&token(&service, &ada.jar()).await, 0)["kid"], part(&renamed, 0)["kid"]);
}
