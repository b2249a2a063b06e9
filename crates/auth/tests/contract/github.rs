//! The provider that the recording was made with: who signs in stands in the authorization code.

use axum::{
    Form, Json, Router,
    extract::Path,
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Serves on a port of its own; gives its address.
pub async fn serve() -> String {
    let router = Router::new()
        .route("/login/oauth/access_token", post(token))
        .route("/user", get(|headers: HeaderMap| async move { answer(&headers, "user") }))
        .route(
            "/user/{what}",
            get(|Path(what): Path<String>, headers: HeaderMap| async move { answer(&headers, &what) }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn person(name: &str) -> Option<Value> {
    let (id, shown, email) = match name {
        "octo" => (583_231, "Octo Cat", Some("octo@example.com")),
        "img" => (99, "Img", Some("img@example.com")),
        "noemail" => (100, "No", None),
        "alicegh" => (101, "Alice GH", Some("alice.new@example.com")),
        "someone" => (102, "Other", Some("someone.else@example.com")),
        _ => return None,
    };
    let avatar = format!("https://avatars.example/u/{id}");
    Some(json!({"id": id, "login": name, "name": shown, "email": email, "avatar_url": avatar}))
}

async fn token(Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    let tokens = |access: &str, refresh: &str, scope: &str| {
        json!({"access_token": access, "expires_in": 28_800, "refresh_token": refresh,
            "refresh_token_expires_in": 15_811_200, "scope": scope, "token_type": "bearer"})
    };
    if let Some(refresh) = form.get("refresh_token") {
        return Json(tokens(&refresh.replace("ghr_", "ghu_next_"), &format!("{refresh}_2"), ""));
    }
    // The recorded client proves who it is and that it began the flow.
    let complete =
        ["code_verifier", "client_id", "client_secret", "redirect_uri"].iter().all(|key| form.contains_key(*key));
    match form.get("code").filter(|code| complete && person(code).is_some()) {
        Some(code) => Json(tokens(&format!("ghu_{code}"), &format!("ghr_{code}"), "read:user user:email")),
        None => Json(json!({"error": "bad_verification_code", "error_description": "incorrect or expired"})),
    }
}

fn answer(headers: &HeaderMap, what: &str) -> (StatusCode, Json<Value>) {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = bearer.trim_start_matches("Bearer ghu_").trim_start_matches("next_");
    let Some(person) = person(name) else {
        return (StatusCode::UNAUTHORIZED, Json(json!({"message": "Bad credentials"})));
    };
    let body = match (what, &person["email"]) {
        ("emails", Value::Null) => json!([]),
        ("emails", email) => json!([{"email": email, "primary": true, "verified": true, "visibility": "public"}]),
        _ => person,
    };
    (StatusCode::OK, Json(body))
}
