//! A client exchanges its refresh token for the next one.
//!
//! A token works once, and whoever comes with one that was used before ends the whole family: one of the two is a thief, and
//! nobody can tell which. One thing is forgiven: an answer can be lost on its way, and several requests of one program may
//! refresh at the same time. So for [`GRACE`] after a rotation the token before it brings the same successor again, as long as
//! that one has not been used itself. There is never more than one line of descent, and no second one for a thief to go on with:
//! from the moment that either of the two uses the successor, the other one's next refresh ends the family.

use super::issue::{Bearer, IDLE, Issued, issue};
use crate::{
    app::App,
    oauth2::{OAuthError, Parameters, RefreshTokens, Scope},
    problem::Internal,
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    audit,
    auth::{
        oauth_clients::Client,
        oauth_families::{self, Family},
    },
};
use serde_json::json;
use uuid::Uuid;

/// Longer than a program waits for an answer before it tries again, much shorter than an access token lives: a thief would have
/// to come right behind the client, every time.
const GRACE: TimeDelta = TimeDelta::seconds(30);

/// What a presented token is to its family.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// The one that can be exchanged.
    Current,
    /// Exchanged a moment ago, by a client that may not have got the answer.
    JustExchanged,
    /// Neither.
    Reused,
}

pub async fn refresh(app: &App, client: &Client, form: &Parameters) -> Result<Issued, OAuthError> {
    let token = form.get("refresh_token")?.ok_or(OAuthError::InvalidRequest("refresh_token is missing"))?;
    let resource = form.get("resource").map_err(|_| OAuthError::InvalidTarget)?;
    let wanted = form.get("scope")?.map(Scope::read).transpose()?;
    let (hash, now) = (kernel::sha256(token), app.clock.now());
    let Some(family) = found(app, token, client, now).await? else { return Err(DEAD) };
    let standing_now = match standing(&family, &hash, now) {
        Standing::Reused => {
            end_reused(app, family.id).await?;
            return Err(DEAD);
        }
        living => living,
    };
    // Before the token is spent: a request that asks for too much costs the client nothing.
    if !client.refreshes {
        return Err(OAuthError::UnauthorizedClient);
    }
    if resource.is_some_and(|resource| resource != family.resource) {
        return Err(OAuthError::InvalidTarget);
    }
    let allowed = Scope::known(&family.scopes);
    let scopes = wanted.unwrap_or_else(|| allowed.clone());
    if !scopes.iter().all(|scope| allowed.contains(scope)) {
        return Err(OAuthError::InvalidScope);
    }
    let successor = app.oauth2.refresh_tokens.successor(family.id, token);
    if standing_now == Standing::Current {
        let until = (now + IDLE).min(family.ends_at);
        let next = kernel::sha256(&successor);
        if !oauth_families::rotate(&app.pool, family.id, &hash, &next, now, until).await? {
            // Somebody else has just exchanged it, or ended the family.
            let family = found(app, token, client, now).await?.ok_or(DEAD)?;
            if standing(&family, &hash, now) == Standing::Reused {
                end_reused(app, family.id).await?;
                return Err(DEAD);
            }
        }
    }
    let bearer = Bearer { user: family.user, client: &family.client, resource: &family.resource, scopes: &scopes };
    Ok(issue(app, &bearer, Some(successor)).await?)
}

const DEAD: OAuthError = OAuthError::InvalidGrant("the refresh token is unknown, was used before, or has ended");

/// The living family that a token names, if it is this client's.
async fn found(app: &App, token: &str, client: &Client, now: DateTime<Utc>) -> Result<Option<Family>, Internal> {
    let Some(id) = RefreshTokens::family(token) else { return Ok(None) };
    let family = oauth_families::by_id(&app.pool, id).await?;
    Ok(family.filter(|family| family.client == client.id && family.expires_at > now))
}

fn standing(family: &Family, hash: &[u8; 32], now: DateTime<Utc>) -> Standing {
    if kernel::same(family.current, hash) {
        return Standing::Current;
    }
    // Another replica may have dated the rotation a moment later than our own question.
    let before = family.previous.is_some_and(|previous| kernel::same(previous, hash));
    if before && now - family.rotated_at <= GRACE { Standing::JustExchanged } else { Standing::Reused }
}

/// Ends a family of which something was used a second time.
pub async fn end_reused(app: &App, id: Uuid) -> Result<(), Internal> {
    let Some(family) = oauth_families::by_id(&app.pool, id).await? else { return Ok(()) };
    let mut transaction = app.pool.begin().await?;
    if oauth_families::delete(&mut *transaction, id).await? {
        let entry = audit::Entry {
            at: app.clock.now(),
            actor: "system",
            action: "client.reuse",
            target: &family.client,
            detail: json!({ "resource": family.resource }),
        };
        audit::append(&mut *transaction, family.user.personal_tenant(), entry).await?;
        tracing::warn!(client = family.client, user = %family.user, "a code or refresh token came twice; what it gave has ended");
    }
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Clock, UserId};

    /// The present token at any time, the one before it for thirty seconds, and nothing else.
    #[test]
    fn a_token_stands_where_it_stands() {
        let now = Clock::system().now();
        let family = Family {
            id: Uuid::now_v7(),
            user: UserId::generate(),
            client: "c_1".to_owned(),
            resource: "https://connectors.example/mcp".to_owned(),
            scopes: vec![],
            current: [2; 32],
            previous: Some([1; 32]),
            rotated_at: now,
            expires_at: now + IDLE,
            ends_at: now + IDLE,
        };
        let after = |seconds| now + TimeDelta::seconds(seconds);
        for (hash, seconds, expected) in [
            (2, 0, Standing::Current),
            (2, 86_400, Standing::Current),
            (1, 0, Standing::JustExchanged),
            (1, 30, Standing::JustExchanged),
            (1, 31, Standing::Reused),
            (0, 0, Standing::Reused),
        ] {
            assert_eq!(standing(&family, &[hash; 32], after(seconds)), expected, "{hash} after {seconds} s");
        }
        assert_eq!(standing(&Family { previous: None, ..family }, &[1; 32], now), Standing::Reused);
    }
}
