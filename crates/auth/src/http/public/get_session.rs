//! `GET /api/auth/get-session`, and its alias `/api/auth/session`.

use crate::{
    app::App,
    fields::query,
    flows::{
        self,
        session::{Presented, Renewal, Renewed, current, presented_token},
    },
    http::{
        answer::Answer,
        body::{Checked, Ignored},
    },
    problem::Problem,
    wire,
};
use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use kernel::UserId;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Serialize)]
pub struct SessionAndUser {
    session: wire::Session,
    user: wire::User,
}

/// The caller's session and themself, or `null`. A browser whose session has ended is told to forget it.
pub async fn get_session(
    State(app): State<Arc<App>>,
    answer: Answer,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Option<SessionAndUser>>, Problem> {
    let asked = query(raw.as_deref());
    let is_set = |name: &str| asked.get(name).and_then(Value::as_str) == Some("true");
    answer.not_stored();
    let body = match Some(&headers).filter(|_| !is_set("disableCookieCache")).and_then(|headers| copy(&app, headers)) {
        Some((id, body)) => Some((id, body)),
        None => stored(&app, &answer, &headers, is_set("disableRefresh")).await?,
    };
    let Some((id, body)) = body else { return Ok(Json(None)) };
    answer.jwt(&flows::token::issue(&app, id, body.user.clone()).await?);
    Ok(Json(Some(body)))
}

/// The browser's own copy, where the operator lets that answer and it is of the session that the request presents.
fn copy(app: &App, headers: &HeaderMap) -> Option<(UserId, SessionAndUser)> {
    if app.policy.cookie_cache.is_zero() {
        return None;
    }
    let cached = app.cookies.cached(headers, app.clock.now())?;
    let presented = presented_token(app, headers)?;
    let id = cached.user.id.parse().ok()?;
    let live = cached.session.token == presented && cached.session.expires_at > app.clock.now();
    live.then_some((id, SessionAndUser { session: cached.session, user: cached.user }))
}

async fn stored(
    app: &App,
    answer: &Answer,
    headers: &HeaderMap,
    stay: bool,
) -> Result<Option<(UserId, SessionAndUser)>, Problem> {
    let renewal = if stay { Renewal::Disabled } else { Renewal::Allowed };
    Ok(match current(app, headers, renewal).await? {
        Presented::Nothing => None,
        Presented::Ended => {
            answer.sign_out(app);
            None
        }
        Presented::Live(signed_in, renewed) => {
            match renewed {
                Renewed::Now => answer.sign_in(app, &signed_in),
                Renewed::NotYet => answer.cache(app, &signed_in),
            }
            let id = signed_in.user.id;
            let session = wire::Session::new(signed_in.session, signed_in.token);
            Some((id, SessionAndUser { session, user: signed_in.user.into() }))
        }
    })
}

/// `GET /api/auth/session`: the same for whoever presents something. To a stranger the path does not exist, as in Better
/// Auth, whose clients do not know it.
pub async fn alias(
    state: State<Arc<App>>,
    answer: Answer,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !headers.contains_key(header::COOKIE) && !headers.contains_key(header::AUTHORIZATION) {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    Ok(get_session(state, answer, query, headers).await?.into_response())
}

/// Better Auth has a mode in which this renews sessions; we are not in it.
pub async fn by_post(answer: Answer, _: Checked<Ignored>) -> Problem {
    answer.not_stored();
    Problem::GetSessionByPost
}
