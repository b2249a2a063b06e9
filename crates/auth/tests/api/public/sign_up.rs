use crate::service::{FRONTEND, PASSWORD, Service, problem};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/auth/sign-up/email";

fn form(changes: &Value) -> Value {
    let mut form = json!({"name": "Ada", "email": "ada@example.com", "password": PASSWORD});
    for (name, value) in changes.as_object().unwrap() {
        form[name] = value.clone();
    }
    form
}

/// A person signs up and is signed in: seven fields, the token, the cookie and the header that carries it for programs.
#[tokio::test]
async fn signing_up_signs_in() {
    let service = Service::start().await;
    let answer = service
        .post(PATH, "", &form(&json!({"email": "Ada@Example.COM", "role": "admin", "emailVerified": true, "id": "me"})))
        .await;
    let body = answer.json();
    let (token, user) = (body["token"].as_str().unwrap(), &body["user"]);
    assert_eq!(answer.status, 200);
    assert_eq!(
        body,
        json!({"token": token, "user": {
            "id": user["id"], "name": "Ada", "email": "ada@example.com", "emailVerified": false, "image": null,
            "createdAt": user["createdAt"], "updatedAt": user["createdAt"],
        }})
    );
    for text in [token, user["id"].as_str().unwrap()] {
        assert!(text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
    }
    let instant = user["createdAt"].as_str().unwrap();
    assert!(instant.len() == 24 && instant.ends_with('Z') && &instant[19..20] == ".", "{instant}");
    let signed = answer.header("set-auth-token").unwrap();
    assert_eq!(signed.split_once('.').unwrap().0, token);
    assert_eq!(answer.header("access-control-expose-headers"), Some("set-auth-token"));
    let value = signed.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    assert_eq!(
        answer.cookies(),
        [format!("better-auth.session_token={value}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax")]
    );
}

/// An image is kept, an empty name is a name, a form without JavaScript serves, and so does a program without an origin.
#[tokio::test]
async fn unusual_sign_ups_are_accepted() {
    let service = Service::start().await;
    let answer = service.post(PATH, "", &form(&json!({"name": "", "image": "https://cdn.example/a.png"}))).await;
    let user = &answer.json()["user"];
    assert_eq!((&user["name"], &user["image"]), (&json!(""), &json!("https://cdn.example/a.png")));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", FRONTEND)];
    let body = "name=A+B&email=form%40example.com&password=password1234&callbackURL=%2Fdashboard";
    let answer = service.send(Method::POST, PATH, &headers, body).await;
    assert_eq!(answer.json()["user"]["name"], "A B");
    let headers = [("content-type", "application/json; charset=utf-8")];
    let answer = service.send(Method::POST, PATH, &headers, form(&json!({"email": "p@example.com"})).to_string()).await;
    assert_eq!(answer.status, 200);
}

/// Without remembering, the cookie ends with the browser and a second one says so.
#[tokio::test]
async fn a_sign_up_need_not_be_remembered() {
    let service = Service::start().await;
    let answer = service.post(PATH, "", &form(&json!({"rememberMe": false}))).await;
    let cookies = answer.cookies();
    assert!(
        cookies[0].starts_with("better-auth.session_token=")
            && cookies[0].ends_with("%3D; Path=/; HttpOnly; SameSite=Lax")
    );
    assert!(
        cookies[1].starts_with("better-auth.dont_remember=true.")
            && cookies[1].ends_with("%3D; Path=/; HttpOnly; SameSite=Lax")
    );
}

/// What cannot be used is told in Better Auth's words, and nobody is added.
#[tokio::test]
async fn unusable_forms_are_refused_in_better_auths_words() {
    let service = Service::start().await;
    let missing = |name: &str| format!("[body.{name}] Invalid input: expected string, received undefined");
    for (body, message) in [
        (json!({}), [missing("name"), missing("email"), missing("password")].join("; ")),
        (json!({"email": "a@b.co", "password": PASSWORD}), missing("name")),
        (form(&json!({"email": "nope"})), "[body.email] Invalid email address".to_owned()),
        (form(&json!({"email": 7})), "[body.email] Invalid input: expected string, received number".to_owned()),
        (form(&json!({"name": null})), "[body.name] Invalid input: expected string, received null".to_owned()),
        (form(&json!({"name": ["a"]})), "[body.name] Invalid input: expected string, received array".to_owned()),
        (form(&json!({"image": {}})), "[body.image] Invalid input: expected string, received object".to_owned()),
        (form(&json!({"rememberMe": "no"})), "[body.rememberMe] Invalid input: expected boolean, received string".to_owned()),
        (form(&json!({"password": ""})), "[body.password] Too small: expected string to have >=1 characters".to_owned()),
        (form(&json!({"name": "a\u{0}b"})), "[body.name] Invalid input: NUL characters are not allowed".to_owned()),
        (
            json!([]),
            "[body] Invalid input: expected object, received array; [body] Invalid input: expected record, received array"
                .to_owned(),
        ),
    ] {
        assert_eq!(service.post(PATH, "", &body).await.whole(), problem(400, "VALIDATION_ERROR", &message), "{body}");
    }
    for (password, code, message) in [
        ("1234567".to_owned(), "PASSWORD_TOO_SHORT", "Password too short"),
        ("🦀🦀🦀".to_owned(), "PASSWORD_TOO_SHORT", "Password too short"),
        ("p".repeat(129), "PASSWORD_TOO_LONG", "Password too long"),
    ] {
        let answer = service.post(PATH, "", &form(&json!({"password": password}))).await;
        assert_eq!(answer.whole(), problem(400, code, message));
    }
    assert_eq!(service.count("users").await, 0);
}

/// Media types, broken JSON and bodies that are too large are answered before anything is validated.
#[tokio::test]
async fn unreadable_bodies_are_refused() {
    let service = Service::start().await;
    let absent = "[body] Invalid input: expected object, received undefined; [body] Invalid input: expected record, received undefined";
    let unsupported = "Content-Type \"text/plain\" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json";
    for (kind, body, expected) in [
        (Some("application/json"), "{\"name\":", problem(400, "BAD_REQUEST", "Invalid JSON in request body")),
        (Some("application/json"), "\u{1}", problem(400, "BAD_REQUEST", "Invalid JSON in request body")),
        (Some("text/plain"), "{\"name\":\"X\"}", problem(415, "UNSUPPORTED_MEDIA_TYPE", unsupported)),
        (None, "{\"name\":\"X\"}", problem(400, "VALIDATION_ERROR", absent)),
        (Some("application/json"), "", problem(400, "VALIDATION_ERROR", absent)),
    ] {
        // A cookie without an origin would be refused too, but later.
        let mut headers = vec![("origin", FRONTEND)];
        headers.extend(kind.map(|kind| ("content-type", kind)));
        assert_eq!(service.send(Method::POST, PATH, &headers, body).await.whole(), expected, "{body}");
    }
    let huge = form(&json!({"name": "a".repeat(64 * 1024)}));
    assert_eq!(
        service.post(PATH, "", &huge).await.whole(),
        problem(413, "PAYLOAD_TOO_LARGE", "The request body is too large")
    );
}

/// The checks come in Better Auth's order: media type, JSON, origin, redirect target, validation, login CSRF.
#[tokio::test]
async fn checks_come_in_order() {
    let service = Service::start().await;
    let send = async |headers: &[(&str, &str)], body: &str| {
        let mut all = vec![("cookie", "any=1")];
        all.extend(headers);
        service.send(Method::POST, PATH, &all, body).await.whole().1["code"].as_str().unwrap().to_owned()
    };
    let json = ("content-type", "application/json");
    let good = ("origin", FRONTEND);
    assert_eq!(send(&[("content-type", "text/plain")], "x").await, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(send(&[json], "{").await, "BAD_REQUEST");
    assert_eq!(send(&[json], r#"{"callbackURL":"https://evil.example","email":"x"}"#).await, "MISSING_OR_NULL_ORIGIN");
    assert_eq!(
        send(&[json, good], r#"{"callbackURL":"https://evil.example","email":"x"}"#).await,
        "INVALID_CALLBACK_URL"
    );
    assert_eq!(send(&[json, good], r#"{"callbackURL":"/x","email":"x"}"#).await, "VALIDATION_ERROR");
}

/// A foreign page can neither sign its visitor up nor send them away afterwards.
#[tokio::test]
async fn foreign_pages_are_refused() {
    let service = Service::start().await;
    for (headers, changes, code, message) in [
        (&[("origin", "https://evil.example")][..], json!({}), "INVALID_ORIGIN", "Invalid origin"),
        (&[("referer", "https://evil.example/x")], json!({}), "INVALID_ORIGIN", "Invalid origin"),
        (&[("cookie", "a=b")], json!({}), "MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
        (&[("cookie", "a=b"), ("origin", "null")], json!({}), "MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
        (
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
            json!({}),
            "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
            "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
        ),
        (&[], json!({"callbackURL": "https://evil.example/x"}), "INVALID_CALLBACK_URL", "Invalid callbackURL"),
        (&[], json!({"callbackURL": "//evil.example"}), "INVALID_CALLBACK_URL", "Invalid callbackURL"),
        (
            &[],
            json!({"errorCallbackURL": "http:\\\\evil.example"}),
            "INVALID_ERROR_CALLBACK_URL",
            "Invalid errorCallbackURL",
        ),
    ] {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        let answer = service.send(Method::POST, PATH, &all, form(&changes).to_string()).await;
        assert_eq!(answer.whole(), problem(403, code, message), "{headers:?} {changes}");
        assert_eq!(answer.cookies(), Vec::<&str>::new());
    }
    assert_eq!(service.count("users").await, 0);
}

/// An address belongs to one person, however it is spelled and however many sign up with it at once.
#[tokio::test]
async fn an_address_is_taken_once() {
    let service = Service::start().await;
    let forms: Vec<_> = ["a@b.co", "A@b.co", "a@B.CO", "A@B.co"].map(|email| form(&json!({"email": email}))).into();
    let (one, two, three, four) = tokio::join!(
        service.post(PATH, "", &forms[0]),
        service.post(PATH, "", &forms[1]),
        service.post(PATH, "", &forms[2]),
        service.post(PATH, "", &forms[3]),
    );
    let taken = problem(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.");
    let refused = [one, two, three, four].iter().filter(|answer| answer.whole() == taken).count();
    assert_eq!(refused, 3);
    assert_eq!(service.post(PATH, "", &forms[0]).await.whole(), taken);
    assert_eq!(
        (service.count("users").await, service.count("accounts").await, service.count("sessions").await),
        (1, 1, 1)
    );
}
