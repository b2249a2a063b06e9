use crate::service::{Answer, FORGOTTEN, Service, problem};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;

fn not_stored(answer: &Answer) {
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
}

fn expiry(answer: &Answer) -> DateTime<Utc> {
    answer.json()["session"]["expiresAt"].as_str().unwrap().parse().unwrap()
}

/// Nobody, an unsigned cookie and a forged one get `null`, and no cookie is touched.
#[tokio::test]
async fn without_our_signature_there_is_no_session() {
    let service = Service::start().await;
    let token = service.ada().await.json()["token"].as_str().unwrap().to_owned();
    let forged = format!("better-auth.session_token={token}.{}%3D", "A".repeat(43));
    let unsigned = format!("better-auth.session_token={token}");
    for headers in [&[][..], &[("cookie", forged.as_str())], &[("cookie", &unsigned)], &[("cookie", "x=y")]] {
        let answer = service.session(headers).await;
        assert_eq!((answer.text.as_str(), answer.cookies(), answer.header("set-auth-jwt")), ("null", vec![], None));
        not_stored(&answer);
    }
}

/// The session and the person: exactly Better Auth's members, with a JWT in a header that scripts may read.
#[tokio::test]
async fn a_session_and_its_person_are_shown() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let answer = service.session(&[("cookie", &ada.jar()), ("user-agent", "another/1")]).await;
    let (body, signed_up) = (answer.json(), ada.json());
    let session = &body["session"];
    assert_eq!(
        body,
        json!({
            "user": signed_up["user"],
            "session": {
                "id": session["id"], "token": signed_up["token"], "userId": signed_up["user"]["id"],
                "expiresAt": session["expiresAt"], "createdAt": signed_up["user"]["createdAt"],
                "updatedAt": signed_up["user"]["createdAt"], "ipAddress": "", "userAgent": "",
            },
        })
    );
    let left = expiry(&answer) - service.clock.now();
    assert!(left > TimeDelta::days(7) - TimeDelta::minutes(1) && left <= TimeDelta::days(7), "{left}");
    assert_eq!(answer.header("set-auth-jwt").unwrap().split('.').count(), 3);
    assert_eq!(answer.header("access-control-expose-headers"), Some("set-auth-jwt"));
    assert_eq!(answer.cookies(), Vec::<&str>::new());
    not_stored(&answer);
    assert_eq!(service.get("/api/auth/session", &[("cookie", &ada.jar())]).await.json(), body);
}

/// A bearer token serves bare, signed and percent-encoded; a wrongly signed one leaves the cookie in force.
#[tokio::test]
async fn a_bearer_token_serves_like_the_cookie() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let (signed, jar) = (ada.header("set-auth-token").unwrap(), ada.jar());
    let bare = signed.split('.').next().unwrap();
    let encoded = jar.split_once('=').unwrap().1;
    for authorization in
        [format!("Bearer {bare}"), format!("bearer {signed}"), format!("BEARER {encoded}"), format!("Bearer  {bare} ")]
    {
        let answer = service.session(&[("authorization", &authorization)]).await;
        assert_eq!(answer.json()["session"]["token"], bare, "{authorization}");
    }
    let wrong = format!("Bearer {bare}.{}=", "A".repeat(43));
    assert_eq!(service.session(&[("authorization", &wrong)]).await.text, "null");
    assert_eq!(service.session(&[("authorization", &wrong), ("cookie", &jar)]).await.json()["session"]["token"], bare);
    for nobodys in ["Bearer nope", "Bearer abcdefghijklmnopqrstuvwxyzABCDEF"] {
        let answer = service.session(&[("authorization", nobodys), ("cookie", &jar)]).await;
        assert_eq!((answer.text.as_str(), answer.cookies()), ("null", FORGOTTEN.to_vec()));
        not_stored(&answer);
    }
    for nothing in ["Bearer", "Bearer ", "Basic abc", bare] {
        let answer = service.session(&[("authorization", nothing)]).await;
        assert_eq!((answer.text.as_str(), answer.cookies()), ("null", vec![]), "{nothing:?}");
    }
}

/// After seven days the session is over: the browser is told to forget it, and the row is gone.
#[tokio::test]
async fn an_expired_session_is_forgotten() {
    let service = Service::start().await;
    let ada = service.ada().await;
    service.clock.advance(TimeDelta::days(7));
    let answer = service.session(&[("cookie", &ada.jar())]).await;
    assert_eq!(
        (answer.text.as_str(), answer.cookies(), answer.header("set-auth-jwt")),
        ("null", FORGOTTEN.to_vec(), None)
    );
    not_stored(&answer);
    assert_eq!(service.count("sessions").await, 0);
}

/// A day after its last renewal a session that is used lives seven days more, under the same token.
#[tokio::test]
async fn a_used_session_is_renewed_once_a_day() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let jar = ada.jar();
    let cookie = [("cookie", jar.as_str())];
    let first = expiry(&service.session(&cookie).await);
    service.clock.advance(TimeDelta::hours(23));
    let early = service.session(&cookie).await;
    assert_eq!((expiry(&early), early.cookies()), (first, vec![]));
    service.clock.advance(TimeDelta::hours(1));
    let disabled = service.get("/api/auth/get-session?disableRefresh=true", &cookie).await;
    assert_eq!((expiry(&disabled), disabled.cookies()), (first, vec![]));
    let renewed = service.session(&cookie).await;
    assert!(expiry(&renewed) >= first + TimeDelta::days(1), "{}", renewed.text);
    assert_eq!(renewed.cookies(), ada.cookies());
    assert_eq!(renewed.header("set-auth-token"), ada.header("set-auth-token"));
    assert_eq!(renewed.header("access-control-expose-headers"), Some("set-auth-jwt, set-auth-token"));
    assert_ne!(renewed.json()["session"]["updatedAt"], renewed.json()["session"]["createdAt"]);
    assert_eq!(service.session(&cookie).await.cookies(), Vec::<&str>::new());
}

/// Who asked not to be remembered is signed out after a day, however busy they were.
#[tokio::test]
async fn an_unremembered_session_lives_a_day() {
    let service = Service::start().await;
    service.ada().await;
    let jar = service.sign_in(&json!({"rememberMe": false})).await.jar();
    service.clock.advance(TimeDelta::hours(23));
    let answer = service.session(&[("cookie", &jar)]).await;
    assert_eq!((answer.json()["user"]["name"].as_str(), answer.cookies()), (Some("Ada"), vec![]));
    service.clock.advance(TimeDelta::hours(1));
    assert_eq!(service.session(&[("cookie", &jar)]).await.text, "null");
}

/// The client's address is what a trusted proxy says, and stays empty when nobody trusted said anything.
#[tokio::test]
async fn the_address_comes_from_trusted_proxies_only() {
    for (proxies, expected) in [("127.0.0.1", "203.0.113.9"), ("10.0.0.0/8", "")] {
        let service = Service::with(&[("TRUSTED_PROXIES", proxies)]).await;
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", "1.1.1.1, 203.0.113.9"),
            ("user-agent", "browser/1"),
        ];
        let form = json!({"name": "Ada", "email": "ada@example.com", "password": "password1234"}).to_string();
        let jar = service.send(Method::POST, "/api/auth/sign-up/email", &headers, form).await.jar();
        let session = service.session(&[("cookie", &jar)]).await.json()["session"].clone();
        assert_eq!((&session["ipAddress"], &session["userAgent"]), (&json!(expected), &json!("browser/1")));
    }
}

/// The mode in which clients renew by POST is off, and says so, after the origin check.
#[tokio::test]
async fn posting_is_refused() {
    let service = Service::start().await;
    let jar = service.ada().await.jar();
    let answer = service.post("/api/auth/get-session", &jar, &json!({})).await;
    let message = "POST method requires deferSessionRefresh to be enabled in session config";
    assert_eq!(answer.whole(), problem(405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", message));
    not_stored(&answer);
    let headers = [("cookie", jar.as_str()), ("origin", "https://evil.example")];
    assert_eq!(service.send(Method::POST, "/api/auth/get-session", &headers, "").await.status, 403);
}

/// Whoever reads the database holds no session and no password.
#[tokio::test]
async fn the_database_holds_no_token_and_no_password() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let token = ada.json()["token"].as_str().unwrap().to_owned();
    for table in ["users", "accounts", "sessions"] {
        let rows = service.database.dump(table).await;
        assert!(!rows.contains(&token) && !rows.contains(crate::service::PASSWORD), "{table}");
    }
}
