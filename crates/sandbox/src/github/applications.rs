//! What the OAuth client may ask about and do to the tokens it was given. Authenticated with HTTP Basic.

use super::{answers::Refused, callers::Client, objects};
use crate::{account::Vendor, app::App, ledger::Grant};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
}

/// The token in the body, once the path names the client that authenticated.
fn token_of(client: &Client, path: &str, body: &Bytes) -> Result<String, Refused> {
    if client.id != path {
        return Err(Refused::NOT_FOUND);
    }
    let parsed: Result<TokenBody, _> = serde_json::from_slice(body);
    parsed.map(|body| body.access_token).map_err(|_| Refused::INVALID)
}

pub(super) async fn check(
    State(app): State<App>,
    client: Client,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Response, Refused> {
    let token = token_of(&client, &path, &body)?;
    let found = app.store.read(|ledger| ledger.book(Vendor::Github).find(&token, app.now()));
    let grant = found.filter(|grant: &Grant| grant.client_id == client.id).ok_or(Refused::NOT_FOUND)?;
    let id = app.people.github_id(&grant.account);
    let ttl = grant.access_expires_at - app.now();
    let body = json!({
        "id": id,
        "url": format!("{}/github/api/v3/authorizations/{id}", app.url),
        "app": {"name": client.id, "url": app.url, "client_id": client.id},
        "scopes": grant.scopes,
        "token": token,
        "hashed_token": hex::encode(kernel::sha256(&token)),
        "token_last_eight": token.get(token.len().saturating_sub(8)..),
        "note": null,
        "user": objects::simple_user(&app, &grant.account),
        // The caller reads this by its own clock, which is the real one.
        "expires_at": objects::timestamp(app.wall.now() + ttl),
    });
    Ok(Json(body).into_response())
}

/// Ends one authorization: the access token and the refresh token beside it.
pub(super) async fn revoke_token(
    State(app): State<App>,
    client: Client,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    let token = token_of(&client, &path, &body)?;
    app.store.change(|ledger| {
        let book = ledger.book(Vendor::Github);
        book.issued_to(&token, &client.id).then(|| book.take_by_access(&token)).flatten().ok_or(Refused::INVALID)
    })?;
    app.dials.of(Vendor::Github).counters.revocations += 1;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all authorizations of the token's person, whoever holds them.
pub(super) async fn revoke_grant(
    State(app): State<App>,
    client: Client,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    let token = token_of(&client, &path, &body)?;
    app.store.change(|ledger| {
        let book = ledger.book(Vendor::Github);
        if !book.issued_to(&token, &client.id) {
            return Err(Refused::INVALID);
        }
        let grant = book.take_by_access(&token).ok_or(Refused::INVALID)?;
        book.take_by_client(&grant.account, &client.id);
        Ok(())
    })?;
    app.dials.of(Vendor::Github).counters.revocations += 1;
    Ok(StatusCode::NO_CONTENT)
}
