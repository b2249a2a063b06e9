//! What is not sound is refused with a reason, on every route that changes something, and changes nothing.

use crate::service::{FRONTEND, PASSWORD, Service, problem};
use reqwest::Method;
use serde_json::{Value, json};

const TABLES: [&str; 6] = ["users", "accounts", "sessions", "links", "sign_in_states", "jobs"];

/// Every route that reads a body, with one that is sound.
fn routes() -> Vec<(&'static str, Value)> {
    vec![
        ("request-password-reset", json!({"email": "ada@example.com", "redirectTo": "/reset"})),
        ("reset-password", json!({"newPassword": "password1234", "token": "x"})),
        ("send-verification-email", json!({"email": "ada@example.com", "callbackURL": "/"})),
        ("sign-in/social", json!({"provider": "google", "callbackURL": "/"})),
        ("revoke-session", json!({"token": "x"})),
        ("update-user", json!({"name": "Countess", "image": "x"})),
        ("change-password", json!({"newPassword": "password1234", "currentPassword": PASSWORD})),
        ("verify-password", json!({"password": PASSWORD})),
        ("change-email", json!({"newEmail": "countess@example.com", "callbackURL": "/"})),
        ("unlink-account", json!({"accountId": "x"})),
        ("link-social", json!({"provider": "google", "callbackURL": "/"})),
        ("get-access-token", json!({"accountId": "x"})),
        ("refresh-token", json!({"accountId": "x"})),
        ("delete-user", json!({"password": PASSWORD, "token": "x", "callbackURL": "/"})),
    ]
}

/// The routes that read none.
const BARE: [&str; 3] = ["revoke-sessions", "revoke-other-sessions", "update-session"];

fn path(route: &str) -> String {
    format!("/api/auth/{route}")
}

async fn everything(service: &Service) -> Vec<String> {
    let mut rows = Vec::new();
    for table in TABLES {
        rows.push(service.database.dump(table).await);
    }
    rows
}

/// Ada's service, with her browser's cookie.
async fn settled() -> (Service, String) {
    let service = Service::start().await;
    let cookie = service.ada().await.jar();
    (service, cookie)
}

async fn send(service: &Service, route: &str, cookie: &str, kind: &str, body: &str) -> (u16, Value) {
    let headers = [("origin", FRONTEND), ("cookie", cookie), ("content-type", kind)];
    let answer = service.send(Method::POST, &path(route), &headers, body).await;
    (answer.status.as_u16(), serde_json::from_str(&answer.text).unwrap_or(Value::Null))
}

fn invalid(message: &str) -> (u16, Value) {
    problem(400, "VALIDATION_ERROR", message)
}

/// Broken JSON, another media type, a body of a megabyte, and one that is no object.
#[tokio::test]
async fn what_is_no_body_is_refused_everywhere() {
    let (service, cookie) = settled().await;
    let before = everything(&service).await;
    let huge = json!({"email": "x".repeat(1 << 20)}).to_string();
    let broken = problem(400, "BAD_REQUEST", "Invalid JSON in request body");
    let large = problem(413, "PAYLOAD_TOO_LARGE", "The request body is too large");
    let media = "Content-Type \"text/plain\" is not allowed. Allowed types: application/json";
    for route in routes().iter().map(|(route, _)| *route).chain(BARE) {
        for text in ["{\"a\":", "\u{1}", "{'a': 1}", "{} {}", "\u{feff}{}"] {
            assert_eq!(send(&service, route, &cookie, "application/json", text).await, broken, "{route} {text}");
        }
        let plain = send(&service, route, &cookie, "text/plain", "{}").await;
        assert_eq!(plain, problem(415, "UNSUPPORTED_MEDIA_TYPE", media), "{route}");
        assert_eq!(send(&service, route, &cookie, "application/json", &huge).await, large, "{route}");
    }
    for (route, _) in routes() {
        let expected = match route {
            "get-access-token" | "refresh-token" => "[body] Invalid input",
            "update-user" => "[body] Invalid input: expected record, received array",
            _ => "[body] Invalid input: expected object, received array",
        };
        assert_eq!(send(&service, route, &cookie, "application/json", "[]").await, invalid(expected), "{route}");
    }
    assert_eq!(everything(&service).await, before);
}

/// Every member that is missing or of the wrong kind is named, in Better Auth's words.
#[tokio::test]
async fn members_are_named() {
    let (service, cookie) = settled().await;
    let before = everything(&service).await;
    let text = |name: &str, found: &str| format!("[body.{name}] Invalid input: expected string, received {found}");
    for (route, required) in [
        ("request-password-reset", vec!["email"]),
        ("reset-password", vec!["newPassword"]),
        ("send-verification-email", vec!["email"]),
        ("revoke-session", vec!["token"]),
        ("change-password", vec!["newPassword", "currentPassword"]),
        ("verify-password", vec!["password"]),
        ("change-email", vec!["newEmail"]),
        ("unlink-account", vec!["accountId"]),
    ] {
        for (value, kind) in [
            (None, "undefined"),
            (Some(json!(null)), "null"),
            (Some(json!(7)), "number"),
            (Some(json!(true)), "boolean"),
            (Some(json!(["a"])), "array"),
            (Some(json!({"$ne": ""})), "object"),
        ] {
            let mut body = json!({});
            for name in &required {
                if let Some(value) = &value {
                    body[name] = value.clone();
                }
            }
            let expected: Vec<_> = required.iter().map(|name| text(name, kind)).collect();
            let answer = send(&service, route, &cookie, "application/json", &body.to_string()).await;
            assert_eq!(answer, invalid(&expected.join("; ")), "{route} {body}");
        }
        let nul = required.iter().map(|name| format!("[body.{name}] Invalid input: NUL characters are not allowed"));
        let mut body = json!({});
        for name in &required {
            body[name] = json!("a\u{0}b");
        }
        let answer = send(&service, route, &cookie, "application/json", &body.to_string()).await;
        assert_eq!(answer, invalid(&nul.collect::<Vec<_>>().join("; ")), "{route}");
    }
    for (route, body, expected) in [
        ("get-access-token", json!({"accountId": 7}), "[body] Invalid input".to_owned()),
        ("refresh-token", json!({}), "[body] Invalid input".to_owned()),
        ("update-user", json!({"name": null, "image": 7}), [text("name", "null"), text("image", "number")].join("; ")),
        (
            "delete-user",
            json!({"password": 7, "token": []}),
            [text("password", "number"), text("token", "array")].join("; "),
        ),
        (
            "change-password",
            json!({"newPassword": "password1234", "currentPassword": PASSWORD, "revokeOtherSessions": "yes"}),
            "[body.revokeOtherSessions] Invalid input: expected boolean, received string".to_owned(),
        ),
        ("sign-in/social", json!({}), "[body.provider] Invalid input".to_owned()),
        (
            "link-social",
            json!({"provider": "", "scopes": "all", "disableRedirect": 1, "idToken": "x"}),
            "[body.provider] Invalid input; [body.scopes] Invalid input: expected array, received string; \
             [body.idToken] Invalid input: expected object, received string; \
             [body.disableRedirect] Invalid input: expected boolean, received number"
                .to_owned(),
        ),
        (
            "sign-in/social",
            json!({"provider": "google", "scopes": ["a", 1], "idToken": {"nonce": 1}}),
            "[body.scopes.1] Invalid input: expected string, received number; \
             [body.idToken.nonce] Invalid input: expected string; \
             [body.idToken.token] Invalid input: expected string, received undefined"
                .to_owned(),
        ),
    ] {
        let answer = send(&service, route, &cookie, "application/json", &body.to_string()).await;
        assert_eq!(answer, invalid(&expected), "{route} {body}");
    }
    assert_eq!(everything(&service).await, before);
}

/// An address that no mail server of ours would be asked for is refused wherever one is read; an unusual one is not.
#[tokio::test]
async fn addresses_are_checked_wherever_one_is_read() {
    let (service, cookie) = settled().await;
    let before = everything(&service).await;
    let places =
        [("request-password-reset", "email"), ("send-verification-email", "email"), ("change-email", "newEmail")];
    let long = format!("{}@example.com", "a".repeat(255 - "@example.com".len()));
    for (route, member) in places {
        for email in [
            "",
            "ada",
            "@example.com",
            "\"ada lovelace\"@example.com",
            "\"a\"@example.com",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada@localhost",
            "ada@bücher.example",
            "ädä@example.com",
            "ada@example.com.",
            "ada@.example.com",
            "ada@example..com",
            ".ada@example.com",
            "ada.@example.com",
            "a..da@example.com",
            "ada@-example.com",
            "ada@example.c",
            "ada@example.com, bob@example.com",
            "ada@example.com\nbcc: bob@example.com",
            "ada@example.com\r\nRCPT TO:<bob@example.com>",
            " ada@example.com",
            "<ada@example.com>",
            "ada@example.com@example.org",
            "ada\t@example.com",
            long.as_str(),
        ] {
            let body = json!({member: email}).to_string();
            let answer = send(&service, route, &cookie, "application/json", &body).await;
            assert_eq!(answer, invalid(&format!("[body.{member}] Invalid email address")), "{route} {email:?}");
        }
    }
    assert_eq!(everything(&service).await, before);
    let longest = format!("{}@example.com", "a".repeat(254 - "@example.com".len()));
    for email in ["ada+x@example.com", "o'neil@mail.example.co.uk", "a_b-c@xn--bcher-kva.example", longest.as_str()] {
        let body = json!({"email": email, "redirectTo": "/"}).to_string();
        let answer = send(&service, "request-password-reset", &cookie, "application/json", &body).await;
        assert_eq!(answer.0, 200, "{email}");
    }
}

/// A password has 8 to 128 UTF-16 units, as a browser counts them, wherever one is chosen.
#[tokio::test]
async fn passwords_are_measured_wherever_one_is_chosen() {
    let (service, cookie) = settled().await;
    let before = everything(&service).await;
    let short = problem(400, "PASSWORD_TOO_SHORT", "Password too short");
    let long = problem(400, "PASSWORD_TOO_LONG", "Password too long");
    for (password, expected) in [
        (String::new(), &short),
        ("1234567".to_owned(), &short),
        ("🦀🦀🦀".to_owned(), &short),
        ("p".repeat(129), &long),
        ("🦀".repeat(65), &long),
    ] {
        for (route, body) in [
            ("reset-password", json!({"newPassword": password, "token": "x"})),
            ("change-password", json!({"newPassword": password, "currentPassword": PASSWORD})),
        ] {
            let answer = send(&service, route, &cookie, "application/json", &body.to_string()).await;
            assert_eq!(answer, *expected, "{route} {password}");
        }
    }
    assert_eq!(everything(&service).await, before);
    let mut current = PASSWORD.to_owned();
    for password in ["12345678".to_owned(), "p".repeat(128), "🦀🦀🦀🦀".to_owned(), "é".repeat(128), "🦀".repeat(64)]
    {
        let body = json!({"newPassword": password, "currentPassword": current}).to_string();
        let answer = send(&service, "change-password", &cookie, "application/json", &body).await;
        assert_eq!(answer.0, 200, "{password}");
        current = password;
        assert_eq!(service.sign_in(&json!({"password": current})).await.status, 200, "{current}");
    }
}

/// No URL that leads away passes, in any member, however it is dressed up.
#[tokio::test]
async fn no_target_leads_away() {
    let (service, cookie) = settled().await;
    let before = everything(&service).await;
    let mut places = Vec::new();
    for (route, body) in routes() {
        for (member, code, name) in [
            ("callbackURL", "INVALID_CALLBACK_URL", "callbackURL"),
            ("redirectTo", "INVALID_REDIRECT_URL", "redirectURL"),
        ] {
            if body.get(member).is_some() {
                places.push((route, body.clone(), member, code, name));
            }
        }
    }
    assert_eq!(places.len(), 6);
    for url in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/%2f/evil.example",
        "/%2Fevil.example",
        "/%5cevil.example",
        "http://localhost:3001/",
        "https://localhost:3000/",
        "http://localhost:3000@evil.example/",
        "http://user@localhost:3000/",
        "http://localhost:3000.evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt://localhost:3000/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:http://localhost:3000/x",
        "file:///etc/passwd",
        "evil",
        " /home",
        "/home\n",
        "/home\u{0}",
    ] {
        for (route, body, member, code, name) in &places {
            let mut body = body.clone();
            body[*member] = json!(url);
            let answer = send(&service, route, &cookie, "application/json", &body.to_string()).await;
            assert_eq!(answer, problem(403, code, &format!("Invalid {name}")), "{route} {url:?}");
        }
    }
    for (route, body, member, _, name) in &places {
        let mut body = body.clone();
        body[*member] = json!(["/"]);
        let answer = send(&service, route, &cookie, "application/json", &body.to_string()).await;
        assert_eq!(answer, (400, json!({"message": format!("Invalid {name}: expected a string")})), "{route}");
    }
    assert_eq!(everything(&service).await, before);
}

/// A request that carries a cookie must come from a page of ours.
#[tokio::test]
async fn a_cookie_without_a_page_of_ours_does_nothing() {
    let (service, cookie) = settled().await;
    let before = everything(&service).await;
    let missing = problem(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin");
    let foreign = problem(403, "INVALID_ORIGIN", "Invalid origin");
    let bare = BARE.map(|route| (route, json!({})));
    for (route, body) in routes().into_iter().chain(bare) {
        for (origin, expected) in [
            (None, &missing),
            (Some("null"), &missing),
            (Some("https://evil.example"), &foreign),
            (Some("http://localhost:3001"), &foreign),
            (Some("http://localhost:3000.evil.example"), &foreign),
        ] {
            let mut headers = vec![("cookie", cookie.as_str()), ("content-type", "application/json")];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let answer = service.send(Method::POST, &path(route), &headers, body.to_string()).await;
            assert_eq!(answer.whole(), *expected, "{route} {origin:?}");
        }
    }
    assert_eq!(everything(&service).await, before);
}

/// A session that was made up, cut, signed by somebody else, revoked, or of a person who is gone opens no route.
#[tokio::test]
async fn what_is_no_session_opens_nothing() {
    let (service, cookie) = settled().await;
    let value = cookie.strip_prefix("better-auth.session_token=").unwrap();
    let (token, signature) = value.split_once('.').unwrap();
    let other = Service::with(&[("BETTER_AUTH_SECRET", "another-test-secret-of-another-place-0123")]).await;
    let resigned = other.ada().await.jar();
    let revoked = service.sign_in(&json!({})).await;
    let (revoked_cookie, revoked_token) = (revoked.jar(), revoked.json()["token"].as_str().unwrap().to_owned());
    service.post(&path("sign-out"), &revoked_cookie, &json!({})).await;
    let form = json!({"name": "Bob", "email": "bob@example.com", "password": PASSWORD});
    let gone = service.post(&path("sign-up/email"), "", &form).await;
    service.post(&path("delete-user"), &gone.jar(), &json!({"password": PASSWORD})).await;
    let gone_token = gone.json()["token"].as_str().unwrap().to_owned();
    let mut presented: Vec<(&str, String)> = [
        String::new(),
        token.to_owned(),
        format!("{token}."),
        value[..value.len() - 5].to_owned(),
        format!("{}.{signature}", "A".repeat(32)),
        format!("{token}.{}", "A".repeat(43) + "%3D"),
        format!("{token}.x.{signature}"),
        format!("x{value}"),
        "%zz".to_owned(),
    ]
    .into_iter()
    .map(|value| ("cookie", format!("better-auth.session_token={value}")))
    .collect();
    presented.extend([("cookie", resigned), ("cookie", revoked_cookie), ("cookie", gone.jar())]);
    presented.push(("cookie", cookie.replace("better-auth.", "__Secure-better-auth.")));
    for token in [revoked_token, gone_token, "x".to_owned(), format!("{token}.x"), signature.to_owned()] {
        presented.push(("authorization", format!("Bearer {token}")));
    }
    presented.push(("authorization", format!("Basic {token}")));
    let before = everything(&service).await;
    for (header, value) in &presented {
        let headers = [(*header, value.as_str()), ("origin", FRONTEND), ("content-type", "application/json")];
        for (route, body) in routes().into_iter().chain(BARE.map(|route| (route, json!({})))) {
            if matches!(
                route,
                "request-password-reset" | "reset-password" | "send-verification-email" | "sign-in/social"
            ) {
                continue;
            }
            let answer = service.send(Method::POST, &path(route), &headers, body.to_string()).await;
            assert_eq!(answer.status, 401, "{route} {header}: {value}");
        }
        for route in
            ["token", "list-sessions", "list-accounts", "account-info?accountId=x", "delete-user/callback?token=x"]
        {
            assert_eq!(service.get(&path(route), &headers).await.status, 401, "{route} {header}: {value}");
        }
        assert_eq!(service.session(&headers).await.json(), Value::Null, "{header}: {value}");
    }
    assert_eq!(everything(&service).await, before);
}
