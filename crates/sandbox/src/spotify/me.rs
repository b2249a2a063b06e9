//! The person behind a token. The address is there with its scope, and nothing says whether it is theirs.

use crate::{account::Vendor, app::App};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

pub(super) async fn me(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(grant) = app.bearer(Vendor::Spotify, &headers) else {
        let body = json!({"error": {"status": 401, "message": "Invalid access token"}});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    };
    let person = app.people.person(Vendor::Spotify, &grant.account);
    let page = format!("{}/spotify/user/{}", app.url, grant.account);
    let mut body = json!({
        "id": person.id,
        "account_id": format!("sandbox-{}", person.id),
        "display_name": person.name,
        "type": "user",
        "uri": format!("spotify:user:{}", person.id),
        "href": format!("{}/spotify/v1/users/{}", app.url, person.id),
        "external_urls": {"spotify": page},
        "images": [{"url": format!("{}/avatars/{}", app.url, grant.account), "height": 300, "width": 300}],
    });
    if grant.scopes.iter().any(|scope| scope == "user-read-email")
        && let Some(email) = person.email
    {
        body["email"] = json!(email);
    }
    Json(body).into_response()
}
