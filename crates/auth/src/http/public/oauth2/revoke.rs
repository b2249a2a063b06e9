//! `POST /oauth2/revoke`.

use super::{
    problem::{Refused, not_stored},
    token::Posted,
};
use crate::{app::App, flows::oauth2::revoke};
use axum::{
    extract::{Request, State},
    response::IntoResponse,
};
use std::sync::Arc;

pub async fn revoke(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, Refused> {
    let Posted { client, form } = Posted::read(&app, request).await?;
    revoke::revoke(&app, &client, &form).await?;
    Ok(not_stored())
}
