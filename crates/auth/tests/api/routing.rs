use crate::service::{FRONTEND, Service};
use reqwest::Method;

/// Unknown paths, wrong methods, stray slashes and HEAD are all answered with 404 and nothing.
#[tokio::test]
async fn what_is_not_a_route_is_nothing() {
    let service = Service::start().await;
    for (method, path) in [
        (Method::GET, "/api/auth/nope"),
        (Method::GET, "/api/auth/ok/"),
        (Method::GET, "/api/auth//ok"),
        (Method::GET, "/api/auth"),
        (Method::GET, "/"),
        (Method::POST, "/api/auth/ok"),
        (Method::POST, "/api/auth/token"),
        (Method::POST, "/api/auth/forget-password"),
        (Method::GET, "/api/auth/sign-in/email"),
        (Method::GET, "/api/auth/sign-out"),
        (Method::PUT, "/api/auth/get-session"),
        (Method::DELETE, "/api/auth/sign-out"),
        (Method::HEAD, "/api/auth/ok"),
        (Method::HEAD, "/api/auth/get-session"),
        (Method::HEAD, "/api/auth/jwks"),
    ] {
        let answer = service.send(method.clone(), path, &[("origin", FRONTEND)], "").await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (404, ""), "{method} {path}");
    }
}
