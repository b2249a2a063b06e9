use crate::service::{FORGOTTEN, FRONTEND, Service, problem};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/api/auth/sign-out";

/// The session ends for every door its token opened, and the cookies are taken.
#[tokio::test]
async fn signing_out_ends_the_session() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let token = ada.json()["token"].as_str().unwrap().to_owned();
    let answer = service.post(PATH, &ada.jar(), &json!({})).await;
    assert_eq!(answer.whole(), (200, json!({"success": true})));
    assert_eq!(answer.cookies(), FORGOTTEN);
    for headers in [("cookie", ada.jar()), ("authorization", format!("Bearer {token}"))] {
        assert_eq!(service.session(&[(headers.0, &headers.1)]).await.text, "null");
    }
    assert_eq!(service.count("sessions").await, 0);
}

/// Signing out twice, or without ever having signed in, is no error; neither is an empty body.
#[tokio::test]
async fn anybody_may_sign_out() {
    let service = Service::start().await;
    for (headers, body) in [
        (&[("origin", FRONTEND), ("content-type", "application/json")][..], "{}"),
        (&[("origin", FRONTEND)], ""),
        (&[], ""),
    ] {
        let answer = service.send(Method::POST, PATH, headers, body).await;
        assert_eq!(answer.whole(), (200, json!({"success": true})));
        assert_eq!(answer.cookies(), FORGOTTEN);
    }
}

/// A foreign page cannot sign its visitor out.
#[tokio::test]
async fn a_foreign_page_cannot_sign_out() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    for (origin, expected) in [
        (None, problem(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")),
        (Some("http://localhost:3001"), problem(403, "INVALID_ORIGIN", "Invalid origin")),
    ] {
        let mut headers = vec![("cookie", jar.as_str()), ("content-type", "application/json")];
        headers.extend(origin.map(|origin| ("origin", origin)));
        assert_eq!(service.send(Method::POST, PATH, &headers, "{}").await.whole(), expected);
    }
    let message = "Content-Type \"text/plain\" is not allowed. Allowed types: application/json";
    let headers = [("origin", FRONTEND), ("content-type", "text/plain"), ("cookie", jar.as_str())];
    assert_eq!(
        service.send(Method::POST, PATH, &headers, "x").await.whole(),
        problem(415, "UNSUPPORTED_MEDIA_TYPE", message)
    );
    assert_eq!(service.session(&[("cookie", &jar)]).await.json()["user"]["name"], "Ada");
}
