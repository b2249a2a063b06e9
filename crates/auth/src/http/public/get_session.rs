//! `GET /api/auth/get-session`, and its alias `/api/auth/session`.

use crate::{
    app::App,
    cookies::Lifetime,
    flows::{
        self,
        session::{Presented, Renewal, Renewed, current},
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
use http::HeaderMap;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
pub struct SessionAndUser {
    session: wire::Session,
    user: wire::User,
}

/// The caller's session and themself, or `null`. A browser whose session has ended is told to forget it.
pub async fn get_session(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<(HeaderMap, Json<Option<SessionAndUser>>), Problem> {
    let mut answer = Answer::default();
    answer.not_stored();
    let body = match current(&app, &headers, renewal(query.as_deref())).await? {
        Presented::Nothing => None,
        Presented::Ended => {
            answer.sign_out(&app);
            None
        }
        Presented::SignedIn(current) => {
            answer.jwt(&flows::token::issue(&app, current.user.clone()).await?);
            if current.renewed == Renewed::Now {
                answer.sign_in(&app, &current.token, Lifetime::Remembered);
            }
            let session = wire::Session::new(current.session, current.token);
            Some(SessionAndUser { session, user: current.user.into() })
        }
    };
    Ok((answer.finish(), Json(body)))
}

/// Better Auth has a mode in which this renews sessions; we are not in it.
pub async fn by_post(_: Checked<Ignored>) -> Response {
    let mut answer = Answer::default();
    answer.not_stored();
    (answer.finish(), Problem::GetSessionByPost).into_response()
}

fn renewal(query: Option<&str>) -> Renewal {
    let disabled = url::form_urlencoded::parse(query.unwrap_or("").as_bytes())
        .any(|(name, value)| name == "disableRefresh" && value == "true");
    if disabled { Renewal::Disabled } else { Renewal::Allowed }
}
