//! `GET /oauth2/authorize`.

use super::pages;
use crate::{
    app::App,
    flows::oauth2::authorize::{Asked, Silence, Step, Target, asked, decide, target},
    http::caller::{Address, MaybeCaller},
    oauth2::{OAuthError, Parameters},
    problem::Problem,
};
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use std::sync::Arc;

/// Of a query: it goes through forms as it is, and those have this bound too.
const LONGEST: usize = 8 * 1024;

/// Asks the person what has to be asked, or answers the client.
pub async fn authorize(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Address(address): Address,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    if query.len() > LONGEST {
        return Ok(pages::too_long());
    }
    let request = Parameters::read(query.as_bytes());
    let target = match target(&app, &address, &request).await {
        Ok(target) => target,
        Err(error) => return pages::refused(error),
    };
    let asked = asked(&app, &request);
    let step = decide(&app, &target, asked, caller.as_deref(), Silence::of(&request)).await?;
    Ok(match (step, caller) {
        (Step::Answer(url), _) => pages::sent(StatusCode::FOUND, &url),
        (Step::Consent(asked), Some(caller)) => pages::consent(&app, &request, &target, &asked, &caller),
        (Step::SignIn | Step::Consent(_), _) => pages::sign_in(&app, &request, &target, None).into_response(),
    })
}

/// The request that a form carries, read again: what was good when the page was made may not be any more.
pub struct Carried {
    pub request: Parameters,
    pub target: Target,
    pub asked: Result<Asked, OAuthError>,
}

impl Carried {
    /// The error is a page.
    pub async fn read(app: &App, address: &str, text: &str) -> Result<Self, Result<Response, Problem>> {
        let request = Parameters::read(text.as_bytes());
        let target = target(app, address, &request).await.map_err(pages::refused)?;
        let asked = asked(app, &request);
        Ok(Self { request, target, asked })
    }
}
