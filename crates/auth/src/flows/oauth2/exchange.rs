//! A client redeems its code. Whatever comes of it, the code is spent.

use super::{
    issue::{Bearer, IDLE, Issued, LONGEST, issue},
    refresh::end_reused,
};
use crate::{
    app::App,
    oauth2::{OAuthError, Parameters, RefreshTokens, Scope, fits},
};
use chrono::{DateTime, Utc};
use db::auth::{
    oauth_clients::Client,
    oauth_codes::{self, Used},
    oauth_families::{self, NewFamily},
};
use uuid::Uuid;

/// How many programs of a kind one person may have connected; the oldest makes room.
const MOST_FAMILIES: i64 = 50;

pub async fn exchange(app: &App, client: &Client, form: &Parameters) -> Result<Issued, OAuthError> {
    let code = form.get("code")?.ok_or(OAuthError::InvalidRequest("code is missing"))?;
    let (redirect_uri, verifier) = (form.get("redirect_uri")?, form.get("code_verifier")?);
    let resource = form.get("resource").map_err(|_| OAuthError::InvalidTarget)?;
    let (hash, family, now) = (kernel::sha256(code), Uuid::now_v7(), app.clock.now());
    let mut transaction = app.pool.begin().await?;
    let Some(used) = oauth_codes::use_up(&mut *transaction, &hash, family, now).await? else {
        transaction.rollback().await?;
        // Somebody has seen it who should not have: whoever came first may be a thief (RFC 6749, 4.1.2).
        if let Some(family) = oauth_codes::family_of_used(&app.pool, &hash).await? {
            end_reused(app, family).await?;
        }
        return Err(OAuthError::InvalidGrant("the code is unknown or was used before"));
    };
    let refused = refused(&used, client, redirect_uri, verifier, resource, now);
    let refresh_token = match (&refused, client.refreshes) {
        (None, true) => Some(RefreshTokens::first(family)),
        _ => None,
    };
    if let Some(token) = &refresh_token {
        let begun = NewFamily {
            id: family,
            consent: used.consent,
            scopes: &used.scopes,
            current: kernel::sha256(token),
            created_at: now,
            expires_at: now + IDLE,
            ends_at: now + LONGEST,
        };
        oauth_families::create(&mut *transaction, &begun).await?;
        oauth_families::delete_beyond(&mut *transaction, used.consent, MOST_FAMILIES).await?;
    }
    transaction.commit().await?;
    if let Some(error) = refused {
        return Err(error);
    }
    let scopes = Scope::known(&used.scopes);
    let bearer = Bearer { user: used.user, client: &used.client, resource: &used.resource, scopes: &scopes };
    Ok(issue(app, &bearer, refresh_token).await?)
}

/// Why this code gives this client nothing.
fn refused(
    code: &Used,
    client: &Client,
    redirect_uri: Option<&str>,
    verifier: Option<&str>,
    resource: Option<&str>,
    now: DateTime<Utc>,
) -> Option<OAuthError> {
    if code.expires_at <= now {
        return Some(OAuthError::InvalidGrant("the code has expired"));
    }
    if code.client != client.id {
        return Some(OAuthError::InvalidGrant("the code was given to another client"));
    }
    let same = redirect_uri == Some(code.redirect_uri.as_str());
    if !same && (code.redirect_sent || redirect_uri.is_some()) {
        return Some(OAuthError::InvalidGrant("the code was sent to another redirect URI"));
    }
    if !verifier.is_some_and(|verifier| fits(verifier, &code.challenge)) {
        return Some(OAuthError::InvalidGrant("code_verifier is missing, or is not the one of the challenge"));
    }
    if resource.is_some_and(|resource| resource != code.resource) {
        return Some(OAuthError::InvalidTarget);
    }
    None
}
