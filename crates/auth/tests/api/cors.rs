use crate::service::{FRONTEND, Service};
use reqwest::Method;
use serde_json::json;

/// The browser of a trusted frontend may call with cookies; any other is not told that it may.
#[tokio::test]
async fn only_trusted_frontends_pass_the_preflight() {
    let service = Service::start().await;
    let asking = |origin| {
        [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ]
    };
    let answer = service.send(Method::OPTIONS, "/api/auth/sign-in/email", &asking(FRONTEND), "").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("content-type"));
    let answer = service.send(Method::OPTIONS, "/api/auth/sign-in/email", &asking("https://evil.example"), "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

/// An answer names its frontend and keeps what scripts may read.
#[tokio::test]
async fn answers_name_the_frontend_and_what_it_may_read() {
    let service = Service::start().await;
    let answer = service.ada().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
    assert_eq!(answer.header("access-control-expose-headers"), Some("set-auth-token"));
    let refused = service.post("/api/auth/sign-in/email", "", &json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (400, Some(FRONTEND)));
}
