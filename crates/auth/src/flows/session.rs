//! Which session a request presents, and starting one.

use crate::{
    app::App,
    cookies::{Lifetime, REMEMBERED_S, decoded},
    problem::{Internal, Problem},
};
use chrono::{DateTime, TimeDelta, Utc};
use db::auth::{sessions, users::User};
use http::{HeaderMap, header};
use uuid::Uuid;

/// How long a session lives whose person asked not to be remembered.
const UNREMEMBERED: TimeDelta = TimeDelta::days(1);
/// A remembered session is renewed when it was last renewed this long ago.
const RENEW_AFTER: TimeDelta = TimeDelta::days(1);
const REMEMBERED: TimeDelta = TimeDelta::seconds(REMEMBERED_S);
/// How long ago the person may have signed in where that matters.
const FRESH: TimeDelta = TimeDelta::days(1);

/// Where a request comes from, as kept with a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Empty unless a trusted proxy named one.
    pub ip_address: String,
    pub user_agent: String,
}

/// A live session, its person, and the token that names it.
#[derive(Clone)]
pub struct SignedIn {
    pub session: sessions::Session,
    pub user: User,
    /// As presented or just made; only its digest is stored.
    pub token: String,
}

impl SignedIn {
    /// Whether the person proved who they are recently enough for what cannot be undone.
    pub fn is_fresh(&self, app: &App) -> bool {
        app.clock.now() - self.session.created_at < FRESH
    }

    /// 403 unless the session is fresh.
    pub fn require_fresh(&self, app: &App) -> Result<(), Problem> {
        if self.is_fresh(app) { Ok(()) } else { Err(Problem::SessionNotFresh) }
    }
}

/// What a request presents.
pub enum Presented {
    /// Nothing, or something that is not signed by us.
    Nothing,
    /// A token of ours whose session has ended. The browser should forget it.
    Ended,
    /// Whether it was just renewed too, so that the browser's cookie must be.
    Live(Box<SignedIn>, Renewed),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    Now,
    NotYet,
}

/// Whether loading a session may renew it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    Allowed,
    Disabled,
}

/// Finds the session that a request presents, by bearer token or else by cookie, and renews it when it is due.
pub async fn current(app: &App, headers: &HeaderMap, renewal: Renewal) -> Result<Presented, Internal> {
    let Some(token) = presented_token(app, headers) else { return Ok(Presented::Nothing) };
    let hash = kernel::sha256(&token);
    let found = app.sessions.ask(sessions::OfToken(hash)).await?;
    let Some((mut session, user)) = found else { return Ok(Presented::Ended) };
    let now = app.clock.now();
    if session.expires_at <= now {
        Box::pin(sessions::delete_by_token(&app.pool, &hash)).await?;
        return Ok(Presented::Ended);
    }
    let due = session.remember && session.expires_at - REMEMBERED + RENEW_AFTER <= now;
    let renewed = if due && renewal == Renewal::Allowed {
        (session.expires_at, session.updated_at) = (now + REMEMBERED, now);
        Box::pin(sessions::renew(&app.pool, session.id, session.expires_at, now)).await?;
        Renewed::Now
    } else {
        Renewed::NotYet
    };
    Ok(Presented::Live(Box::new(SignedIn { session, user, token }), renewed))
}

/// The token that a request presents. A bearer token wins over the cookie, unless its signature is wrong.
pub fn presented_token(app: &App, headers: &HeaderMap) -> Option<String> {
    bearer(app, headers).or_else(|| app.cookies.session_token(headers))
}

/// A bearer token with a dot is signed like the cookie, perhaps still percent-encoded; one without a dot is the bare token.
fn bearer(app: &App, headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return None;
    }
    if token.contains('.') { app.cookies.verified(&decoded(token)?).map(str::to_owned) } else { Some(token.to_owned()) }
}

/// Signs somebody in: a new session, stored with `executor`. It never takes over a token that the browser already had.
pub async fn begin(
    executor: impl db::PgExecutor<'_>,
    user: User,
    lifetime: Lifetime,
    origin: Origin,
    now: DateTime<Utc>,
) -> Result<SignedIn, db::Error> {
    let token = kernel::alphanumeric(32);
    let session = sessions::Session {
        id: Uuid::now_v7(),
        user: user.id,
        expires_at: now + if lifetime == Lifetime::Remembered { REMEMBERED } else { UNREMEMBERED },
        remember: lifetime == Lifetime::Remembered,
        ip_address: origin.ip_address,
        user_agent: origin.user_agent,
        created_at: now,
        updated_at: now,
    };
    sessions::create(executor, &session, &kernel::sha256(&token)).await?;
    Ok(SignedIn { session, user, token })
}
