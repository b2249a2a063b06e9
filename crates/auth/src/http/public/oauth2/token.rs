//! `POST /oauth2/token`.

use super::problem::{Proof, Refused, not_stored};
use crate::{
    app::App,
    flows::oauth2::{
        client::{Credentials, proven},
        exchange,
        issue::{Issued, LIFETIME_S},
        refresh,
    },
    oauth2::{OAuthError, Parameters},
};
use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    response::IntoResponse,
};
use db::auth::oauth_clients::Client;
use http::header;
use serde::Serialize;
use std::sync::Arc;

/// A code, a verifier, two URLs and a secret.
const MAX_BYTES: usize = 16 * 1024;

/// RFC 6749, 5.1. The scope is always said, whether or not it is the one that was asked for.
#[derive(Serialize)]
struct Answer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
}

impl From<Issued> for Answer {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access_token.expose().clone(),
            token_type: "Bearer",
            expires_in: LIFETIME_S,
            refresh_token: issued.refresh_token.map(|token| token.expose().clone()),
            scope: issued.scope,
        }
    }
}

/// What a client posted, and who it is.
pub struct Posted {
    pub client: Client,
    pub form: Parameters,
}

impl Posted {
    /// Reads the form, and only the form: what stands in the URL ends up in logs.
    pub async fn read(app: &App, request: Request) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let media = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OAuthError::InvalidRequest("the body is application/x-www-form-urlencoded").into());
        }
        let bytes = to_bytes(body, MAX_BYTES).await;
        let bytes = bytes.map_err(|_| OAuthError::InvalidRequest("the body is larger than 16 KiB"))?;
        let form = Parameters::read(&bytes);
        let in_header = parts.headers.contains_key(header::AUTHORIZATION);
        let proof = if in_header { Proof::InHeader } else { Proof::Elsewhere };
        let refused = |error| Refused { error, proof };
        let credentials = Credentials::read(&parts.headers, &form).map_err(refused)?;
        let client = proven(app, credentials).await.map_err(refused)?;
        Ok(Self { client, form })
    }
}

pub async fn token(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, Refused> {
    let Posted { client, form } = Posted::read(&app, request).await?;
    let issued = match form.get("grant_type")? {
        Some("authorization_code") => exchange::exchange(&app, &client, &form).await?,
        Some("refresh_token") => refresh::refresh(&app, &client, &form).await?,
        Some(_) => return Err(OAuthError::UnsupportedGrantType.into()),
        None => return Err(OAuthError::InvalidRequest("grant_type is missing").into()),
    };
    Ok((not_stored(), Json(Answer::from(issued))))
}
