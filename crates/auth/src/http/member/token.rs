//! `GET /api/auth/token`.

use crate::{
    app::App,
    cookies::Lifetime,
    flows::{self, session::Renewed},
    http::{answer::Answer, caller::SignedIn},
    problem::Problem,
};
use axum::{Json, extract::State};
use http::HeaderMap;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
pub struct Token {
    token: String,
}

/// A JWT for the caller.
pub async fn token(
    State(app): State<Arc<App>>,
    SignedIn(current): SignedIn,
) -> Result<(HeaderMap, Json<Token>), Problem> {
    let mut answer = Answer::default();
    if current.renewed == Renewed::Now {
        answer.sign_in(&app, &current.token, Lifetime::Remembered);
    }
    let token = flows::token::issue(&app, current.user).await?;
    Ok((answer.finish(), Json(Token { token })))
}
