//! `POST /api/auth/link-social`.

use crate::{
    app::App,
    flows::social::{id_token, start},
    http::{
        answer::Answer,
        caller::Member,
        public::social::{Wanted, on_the_way},
    },
    problem::Problem,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct Linked {
    url: &'static str,
    status: bool,
    redirect: bool,
}

/// Sends the caller to a provider, to come back with an account that becomes theirs too.
pub async fn link(
    State(app): State<Arc<App>>,
    answer: Answer,
    Member { caller, form: wanted }: Member<Wanted>,
) -> Result<Response, Problem> {
    if let Some(presented) = wanted.id_token {
        id_token::link(&app, &caller, &wanted.start.provider, presented).await?;
        return Ok(Json(Linked { url: "", status: true, redirect: false }).into_response());
    }
    let started = start::start(&app, wanted.start, Some(caller.session.id)).await?;
    Ok(on_the_way(&app, &answer, started, wanted.disable_redirect).into_response())
}
