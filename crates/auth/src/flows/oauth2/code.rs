//! A code is made: what the browser carries to the client in place of a token.

use super::authorize::{Asked, Target};
use crate::oauth2::Scope;
use chrono::{DateTime, TimeDelta, Utc};
use db::auth::oauth_codes::{self, NewCode};
use uuid::Uuid;

/// A client redeems its code in the same second. RFC 6749 would allow ten minutes.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);

/// What a code stands for.
pub struct Subject<'a> {
    pub consent: Uuid,
    pub target: &'a Target,
    pub asked: &'a Asked,
}

pub async fn make(
    executor: impl db::PgExecutor<'_>,
    subject: &Subject<'_>,
    now: DateTime<Utc>,
) -> Result<String, db::Error> {
    let code = kernel::token();
    let stored = NewCode {
        consent: subject.consent,
        redirect_uri: &subject.target.redirect_uri,
        redirect_sent: subject.target.redirect_sent,
        scopes: &Scope::names(&subject.asked.scopes),
        challenge: &subject.asked.challenge,
        expires_at: now + LIFETIME,
    };
    oauth_codes::create(executor, &stored, &kernel::sha256(&code)).await?;
    Ok(code)
}
