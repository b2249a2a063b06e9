//! `POST /api/auth/sign-out`.

use crate::{
    app::App,
    flows,
    http::{
        answer::Answer,
        body::{Checked, Ignored},
    },
    problem::Problem,
};
use axum::{Json, extract::State};
use http::HeaderMap;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
pub struct SignedOut {
    success: bool,
}

/// Always succeeds and always takes the cookies, signed in or not.
pub async fn sign_out(
    State(app): State<Arc<App>>,
    answer: Answer,
    headers: HeaderMap,
    _: Checked<Ignored>,
) -> Result<Json<SignedOut>, Problem> {
    flows::sign_out::sign_out(&app, &headers).await?;
    answer.sign_out(&app);
    Ok(Json(SignedOut { success: true }))
}
