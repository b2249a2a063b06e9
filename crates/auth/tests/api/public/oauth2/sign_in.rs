use super::{start, with};
use crate::{
    clients::{REDIRECT, hidden, returned},
    service::PASSWORD,
};
use reqwest::Method;
use serde_json::json;

/// A stranger signs in on the page, comes back to what the client asked, and decides.
#[tokio::test]
async fn a_stranger_signs_in_and_comes_back() {
    let (service, server) = start().await;
    service.ada().await;
    let client = server.public(REDIRECT).await;
    let page = server.open("", &client.asking(&[])).await;
    assert!(page.text.contains("<strong>Some client</strong> asks to act for you."), "{}", page.text);
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' https://client.example;"));
    let request = hidden(&page.text, "request");
    let attempt = async |email: &str, password: &str| {
        let pairs = [("request", request.as_str()), ("email", email), ("password", password)];
        server.submit("", "/oauth2/sign-in", &pairs).await
    };
    for (email, password, status, words) in [
        ("ada@example.com", "wrong", 401, "Invalid email or password"),
        ("bob@example.com", PASSWORD, 401, "Invalid email or password"),
        ("nobody", PASSWORD, 400, "Invalid email"),
    ] {
        let refused = attempt(email, password).await;
        assert_eq!((refused.status.as_u16(), refused.cookies()), (status, vec![]), "{email}");
        assert!(refused.text.contains(words), "{}", refused.text);
        assert_eq!(hidden(&refused.text, "request"), request, "the way back stays");
    }
    let signed_in = attempt("Ada@Example.com", PASSWORD).await;
    assert_eq!(signed_in.status, 303);
    for for_scripts in ["set-auth-token", "access-control-expose-headers"] {
        assert_eq!(signed_in.header(for_scripts), None, "the session is a cookie and nothing else");
    }
    let back = signed_in.header("location").unwrap().to_owned();
    let allowed = server.decide(&signed_in.jar(), &back, "allow").await;
    assert!(returned(&allowed, REDIRECT)["code"].is_string());
}

/// Whoever is to sign in again does so once, also if they are signed in already; the rest of the request stays.
#[tokio::test]
async fn to_sign_in_again_is_asked_once() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    for (prompt, left) in [("login", ""), ("login consent", "&prompt=consent"), ("select_account", "")] {
        let page = server.open(&ada, &client.asking(&[("prompt", prompt)])).await;
        let request = hidden(&page.text, "request");
        let pairs = [("request", request.as_str()), ("email", "ada@example.com"), ("password", PASSWORD)];
        let signed_in = server.submit(&ada, "/oauth2/sign-in", &pairs).await;
        let back = signed_in.header("location").unwrap().to_owned();
        assert_eq!(back, format!("{}{left}", client.asking(&[])), "{prompt}");
        assert!(server.open(&signed_in.jar(), &back).await.text.contains("name=\"seal\""), "{prompt}");
    }
}

/// Another site's page signs nobody in here, and nobody is sent anywhere but back to the request.
#[tokio::test]
async fn nobody_is_signed_in_from_elsewhere() {
    let (service, server) = start().await;
    service.ada().await;
    let client = server.public(REDIRECT).await;
    let query = client.asking(&[]);
    let request = query.split_once('?').unwrap().1;
    let body = |request: &str| {
        crate::clients::encoded(&[("request", request), ("email", "ada@example.com"), ("password", PASSWORD)], &[])
    };
    for origin in ["https://evil.example", "null"] {
        let headers = [("origin", origin), ("content-type", "application/x-www-form-urlencoded")];
        let answer = server.send(Method::POST, "/oauth2/sign-in", &headers, body(request)).await;
        assert_eq!((answer.status.as_u16(), answer.cookies()), (403, vec![]), "{origin}");
    }
    for elsewhere in ["https://evil.example/", "client_id=c_1", "//evil.example"] {
        let pairs = [("request", elsewhere), ("email", "ada@example.com"), ("password", PASSWORD)];
        let answer = server.submit("", "/oauth2/sign-in", &pairs).await;
        assert_eq!((answer.status.as_u16(), answer.header("location"), answer.cookies()), (400, None, vec![]));
    }
}

/// The page's form is counted like every other way to try a password.
#[tokio::test]
async fn a_fourth_attempt_is_refused() {
    let (service, server) = with(&[("AUTH_RATE_LIMIT", "on")]).await;
    let client = server.public(REDIRECT).await;
    let request = hidden(&server.open("", &client.asking(&[])).await.text, "request");
    let attempt = async || {
        let pairs = [("request", request.as_str()), ("email", "ada@example.com"), ("password", "wrong")];
        server.submit("", "/oauth2/sign-in", &pairs).await.status.as_u16()
    };
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(attempt().await);
    }
    assert_eq!(statuses, [401, 401, 401, 429]);
    assert_eq!(service.session(&[]).await.status, 200);
}

/// Where a mailbox has to be proven first, the page says so.
#[tokio::test]
async fn an_unproven_mailbox_is_told() {
    let settings = [("AUTH_REQUIRE_EMAIL_VERIFICATION", "on")];
    let (service, server) = with(&settings).await;
    let form = json!({"name": "Ada", "email": "ada@example.com", "password": PASSWORD});
    service.post("/api/auth/sign-up/email", "", &form).await;
    let client = server.public(REDIRECT).await;
    let request = hidden(&server.open("", &client.asking(&[])).await.text, "request");
    let pairs = [("request", request.as_str()), ("email", "ada@example.com"), ("password", PASSWORD)];
    let answer = server.submit("", "/oauth2/sign-in", &pairs).await;
    assert_eq!((answer.status.as_u16(), answer.cookies()), (403, vec![]));
    assert!(answer.text.contains("Email not verified"));
}

/// Where passwords are off, the page asks for none.
#[tokio::test]
async fn without_passwords_there_is_no_field() {
    let (_service, server) = with(&[("AUTH_EMAIL_PASSWORD", "off")]).await;
    let client = server.public(REDIRECT).await;
    assert!(!server.open("", &client.asking(&[])).await.text.contains("type=\"password\""));
}
