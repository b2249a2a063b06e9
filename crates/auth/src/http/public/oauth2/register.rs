//! `POST /oauth2/register`.

use super::problem::{Refused, not_stored};
use crate::{
    app::App,
    flows::oauth2::register::{self, Registered},
    oauth2::{ClientMetadata, OAuthError, Scope},
};
use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    response::IntoResponse,
};
use http::{StatusCode, header};
use serde::Serialize;
use std::sync::Arc;

/// Twenty redirect URIs of full length, and some.
const MAX_BYTES: usize = 64 * 1024;

/// What is registered, all of it (RFC 7591, 3.2.1).
#[derive(Serialize)]
struct Information {
    client_id: String,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// Zero: never. There has to be one where there is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    client_name: String,
    redirect_uris: Vec<String>,
    grant_types: Vec<&'static str>,
    response_types: [&'static str; 1],
    token_endpoint_auth_method: &'static str,
    /// Every client may ask for everything; the person decides.
    scope: String,
}

impl From<Registered> for Information {
    fn from(Registered { client, secret }: Registered) -> Self {
        let mut grant_types = vec!["authorization_code"];
        grant_types.extend(client.refreshes.then_some("refresh_token"));
        Self {
            client_id: client.id,
            client_id_issued_at: client.created_at.timestamp(),
            client_secret_expires_at: secret.is_some().then_some(0),
            client_secret: secret.map(|secret| secret.expose().clone()),
            client_name: client.name,
            redirect_uris: client.redirect_uris,
            grant_types,
            response_types: ["code"],
            token_endpoint_auth_method: client.auth_method.name(),
            scope: Scope::names(&Scope::ALL).join(" "),
        }
    }
}

/// Anybody may register; being registered allows nothing.
pub async fn register(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, Refused> {
    let unreadable = || OAuthError::InvalidClientMetadata("the metadata of a client is JSON of at most 64 KiB");
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(unreadable().into());
    }
    let bytes = to_bytes(request.into_body(), MAX_BYTES).await.map_err(|_| unreadable())?;
    let metadata = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    let registered = register::register(&app, ClientMetadata::read(&metadata)?).await?;
    Ok((StatusCode::CREATED, not_stored(), Json(Information::from(registered))))
}
