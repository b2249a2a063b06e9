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
    headers: HeaderMap,
    _: Checked<Ignored>,
) -> Result<(HeaderMap, Json<SignedOut>), Problem> {
    flows::sign_out::sign_out(&app, &headers).await?;
    let mut answer = Answer::default();
    answer.sign_out(&app);
    Ok((answer.finish(), Json(SignedOut { success: true })))
}
