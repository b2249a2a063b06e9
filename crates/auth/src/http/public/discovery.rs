//! `GET /.well-known/openid-configuration`.

use crate::{
    app::App,
    problem::{Internal, Problem},
};
use axum::{Json, extract::State};
use identity::Algorithm;
use serde::Serialize;
use std::sync::Arc;

/// OpenID Connect Discovery 1.0, 3, as far as it is true of us. There is no authorization, token or userinfo endpoint: nobody
/// can be sent here to sign in, so a client that needs them must find them missing. What stays is what a verifier of our
/// tokens needs, the way other issuers publish it whose tokens are handed out by other doors.
#[derive(Serialize)]
pub struct Discovery {
    issuer: String,
    jwks_uri: String,
    /// The standard wants at least one. Our tokens have the form of ID tokens; no other kind of answer exists.
    response_types_supported: [&'static str; 1],
    /// Everybody who asks is told the same subject.
    subject_types_supported: [&'static str; 1],
    /// Of every published key, so that a token signed before a change of the algorithm is still announced.
    id_token_signing_alg_values_supported: Vec<Algorithm>,
    claims_supported: [&'static str; 12],
}

/// Where our issuer, keys and claims are described.
pub async fn discovery(State(app): State<Arc<App>>) -> Result<Json<Discovery>, Problem> {
    let loaded = app.keys.current().await.map_err(Internal::from)?;
    Ok(Json(Discovery {
        issuer: app.issuer.clone(),
        jwks_uri: app.jwks_uri.clone(),
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: loaded.algorithms(),
        claims_supported: [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "id",
            "name",
            "email",
            "emailVerified",
            "image",
            "createdAt",
            "updatedAt",
        ],
    }))
}
