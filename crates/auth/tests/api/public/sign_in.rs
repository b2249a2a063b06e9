use crate::service::{FRONTEND, PASSWORD, Service, problem};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/api/auth/sign-in/email";

/// The right password signs in, whatever the case of the address, with a session of its own each time.
#[tokio::test]
async fn the_right_password_signs_in() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let answer = service.sign_in(&json!({"email": "ADA@example.com"})).await;
    let body = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!(body, json!({"redirect": false, "token": body["token"], "user": ada.json()["user"]}));
    assert_ne!(body["token"], ada.json()["token"]);
    assert!(
        answer.cookies()[0].starts_with(&format!("better-auth.session_token={}.", body["token"].as_str().unwrap()))
    );
    for jar in [ada.jar(), answer.jar()] {
        assert_eq!(service.session(&[("cookie", &jar)]).await.json()["user"]["name"], "Ada");
    }
}

/// A wrong password and an unknown address are told apart by nothing.
#[tokio::test]
async fn wrong_credentials_look_alike() {
    let service = Service::start().await;
    service.ada().await;
    let expected = problem(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password");
    for changes in [
        json!({"password": "wrong-password"}),
        json!({"password": ""}),
        json!({"password": "Correct horse battery"}),
        json!({"email": "nobody@example.com"}),
    ] {
        let answer = service.sign_in(&changes).await;
        assert_eq!(answer.whole(), expected, "{changes}");
        assert_eq!(answer.cookies(), Vec::<&str>::new());
    }
    assert_eq!(service.count("sessions").await, 1);
}

/// What cannot be credentials is refused without looking anybody up.
#[tokio::test]
async fn unusable_credentials_are_refused() {
    let service = Service::start().await;
    for email in ["nope", "", "a@b", "a\u{0}@b.co", "é@b.co"] {
        let answer = service.sign_in(&json!({ "email": email })).await;
        let expected = if email.contains('\0') {
            problem(400, "VALIDATION_ERROR", "[body.email] Invalid input: NUL characters are not allowed")
        } else {
            problem(400, "INVALID_EMAIL", "Invalid email")
        };
        assert_eq!(answer.whole(), expected, "{email:?}");
    }
    for (changes, expected) in [
        (json!({"password": "p".repeat(129)}), problem(400, "PASSWORD_TOO_LONG", "Password too long")),
        (
            json!({"password": 7, "email": null}),
            problem(
                400,
                "VALIDATION_ERROR",
                "[body.email] Invalid input: expected string, received null; [body.password] Invalid input: expected string, \
                 received number",
            ),
        ),
        (json!({"callbackURL": 7}), (400, json!({"message": "Invalid callbackURL: expected a string"}))),
        (json!({"callbackURL": "https://evil.example"}), problem(403, "INVALID_CALLBACK_URL", "Invalid callbackURL")),
    ] {
        assert_eq!(service.sign_in(&changes).await.whole(), expected, "{changes}");
    }
    let answer = service.send(Method::POST, PATH, &[("origin", FRONTEND)], "").await;
    let message = "[body] Invalid input: expected object, received undefined";
    assert_eq!(answer.whole(), problem(400, "VALIDATION_ERROR", message));
}

/// With a callback URL the client is told where to go; the status stays 200.
#[tokio::test]
async fn a_callback_url_is_handed_back() {
    let service = Service::start().await;
    service.ada().await;
    for url in ["/dashboard", "http://localhost:3000/x?y=1"] {
        let answer = service.sign_in(&json!({ "callbackURL": url })).await;
        let body = answer.json();
        assert_eq!((answer.status.as_u16(), &body["redirect"], &body["url"]), (200, &json!(true), &json!(url)));
        assert_eq!(answer.header("location"), Some(url));
    }
}

/// An empty callback URL is handed back and leads nowhere.
#[tokio::test]
async fn an_empty_callback_url_leads_nowhere() {
    let service = Service::start().await;
    service.ada().await;
    let answer = service.sign_in(&json!({"callbackURL": ""})).await;
    assert_eq!((&answer.json()["redirect"], &answer.json()["url"]), (&json!(false), &json!("")));
    assert_eq!(answer.header("location"), None);
}

/// A page that already holds a cookie must say where it is from, and a foreign one is refused even without a cookie.
#[tokio::test]
async fn the_origin_is_checked() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let body = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    for (headers, status) in [
        (&[("cookie", jar.as_str())][..], 403),
        (&[("cookie", &jar), ("origin", "null")], 403),
        (&[("cookie", &jar), ("origin", "https://evil.example")], 403),
        (&[("cookie", &jar), ("origin", "http://localhost:3001")], 403),
        (&[("cookie", &jar), ("origin", FRONTEND)], 200),
        (&[("cookie", &jar), ("origin", "http://localhost:5001")], 200),
        (&[("origin", "https://evil.example")], 403),
        (&[("referer", "http://localhost:3000/login")], 200),
        (&[], 200),
    ] {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        assert_eq!(service.send(Method::POST, PATH, &all, body.as_str()).await.status, status, "{headers:?}");
    }
}

/// Behind HTTPS the cookies are prefixed and secure, and the plain name is not read.
#[tokio::test]
async fn https_makes_cookies_secure() {
    let service = Service::with(&[("PUBLIC_URL", "https://localhost")]).await;
    let answer = service.ada().await;
    assert!(answer.cookies()[0].starts_with("__Secure-better-auth.session_token="));
    assert!(answer.cookies()[0].ends_with("; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax"));
    let plain = answer.jar().replace("__Secure-", "");
    assert_eq!(service.session(&[("cookie", &plain)]).await.text, "null");
    assert_ne!(service.session(&[("cookie", &answer.jar())]).await.text, "null");
}
