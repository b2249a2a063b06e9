//! The refresh itself: asks the vendor, and commits what it says before anybody uses it.

use super::{
    Held, VendError,
    stored::{seal, times},
};
use crate::{
    App,
    flows::{
        revoke,
        settings::{self, Origin},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{connections, grants};
use kernel::{Connection, ConnectionKind, GrantKey, GrantRole, Health, ReauthReason, Status};
use oauth::{Grant, Refusal, TokenError};
use providers::{CallError, Configured};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;
use vault::Sealed;

/// When the background tries a failed refresh again.
pub(super) const RETRY: TimeDelta = TimeDelta::minutes(1);

/// With the lease in hand: asks the vendor, and commits what it says before anybody uses it.
pub(super) async fn refresh(
    app: &Arc<App>,
    connection: &Connection,
    key: GrantKey,
    held: Held,
    owner: Uuid,
) -> Result<Grant, VendError> {
    let origin = Origin::of(connection, held.stored.client_id.as_deref());
    let configured = match settings::of_grant(app, origin).await {
        Ok(configured) => configured,
        Err(error) => {
            grants::give_back(&app.pool, connection.tenant, key, owner, held.stored.refresh_at).await?;
            return Err(error.into());
        }
    };
    let outcome = obtain(app, &configured, connection, &held.grant).await;
    let now = app.clock.now();
    match outcome {
        Ok(grant) => {
            let times = times(&configured.provider, connection.kind, &grant, now);
            if commit(app, connection, key, held.stored.version, &grant, times).await? {
                return Ok(grant);
            }
            // The connection was made anew or ended meanwhile: our pair is nobody's and must not live on.
            revoke::orphan(app, &configured, &connection.parameters, &grant).await?;
            Held::find(app, connection, key).await.map(|held| held.grant)
        }
        Err(Trouble::Dead(health)) => {
            let mut transaction = app.pool.begin().await?;
            // Losing a race looks the same as a revoked grant: only an unmoved version means it.
            if has_moved(&mut transaction, connection, key, held.stored.version).await? {
                drop(transaction);
                return Held::find(app, connection, key).await.map(|held| held.grant);
            }
            let status = move_status(&mut transaction, connection, health, now).await?;
            if health == Health::Removed {
                grants::forget(&mut *transaction, connection.tenant, connection.id).await?;
            } else {
                grants::give_back(&mut *transaction, connection.tenant, key, owner, None).await?;
            }
            transaction.commit().await?;
            match status {
                Status::Suspended => Err(VendError::Suspended),
                Status::NeedsReauth { reason } => Err(VendError::Reconnect(Some(reason))),
                Status::Active | Status::Degraded { .. } | Status::Revoked => Err(VendError::Reconnect(None)),
            }
        }
        Err(Trouble::Passing { retry_after }) => {
            let retry_at = now + retry_after;
            let mut transaction = app.pool.begin().await?;
            if has_moved(&mut transaction, connection, key, held.stored.version).await? {
                drop(transaction);
                return Held::find(app, connection, key).await.map(|held| held.grant);
            }
            move_status(&mut transaction, connection, Health::Failing { retry_at }, now).await?;
            grants::give_back(&mut *transaction, connection.tenant, key, owner, Some(retry_at)).await?;
            transaction.commit().await?;
            if held.is_valid(now, TimeDelta::zero()) {
                return Ok(held.grant);
            }
            Err(VendError::Unavailable { retry_after })
        }
    }
}

/// Why the vendor gave no new token.
enum Trouble {
    Dead(Health),
    Passing { retry_after: TimeDelta },
}

async fn obtain(app: &App, configured: &Configured, connection: &Connection, grant: &Grant) -> Result<Grant, Trouble> {
    let now = app.clock.now();
    match connection.kind {
        ConnectionKind::Installation => {
            let installations = configured.provider.vendor.installations();
            let installations = installations.ok_or(Trouble::Dead(Health::Refused(ReauthReason::AppDisabled)))?;
            installations
                .mint(configured, &app.client, &connection.account_id, now)
                .await
                .map_err(|error| of_mint(&error))
        }
        ConnectionKind::Account => {
            let Some(refresh_token) = &grant.refresh_token else {
                return Err(Trouble::Dead(Health::Refused(ReauthReason::RefreshExpired)));
            };
            let read = |answer| configured.provider.vendor.read_token_answer(answer);
            let mut attempt = 0;
            loop {
                let Some(endpoint) = configured.refresh_endpoint(&app.client, &read, now) else {
                    return Err(Trouble::Dead(Health::Refused(ReauthReason::RefreshExpired)));
                };
                let answer = endpoint.refresh(refresh_token).await;
                match answer {
                    Ok(mut fresh) => {
                        // A vendor that does not repeat the scopes has not changed them (RFC 6749 6).
                        if fresh.scopes.is_empty() {
                            fresh.scopes.clone_from(&grant.scopes);
                        }
                        // Nor has the consent become younger.
                        if fresh.refresh_expires_at.is_none() {
                            fresh.refresh_expires_at = grant.refresh_expires_at;
                        }
                        return Ok(fresh);
                    }
                    Err(error) if error.is_transient() && attempt < 3 => {
                        tokio::time::sleep(Duration::from_secs(1 << attempt).min(Duration::from_secs(5))).await;
                        attempt += 1;
                    }
                    Err(error) => return Err(of_refresh(&error, connection, grant, now)),
                }
            }
        }
    }
}

fn of_refresh(error: &TokenError, connection: &Connection, grant: &Grant, now: DateTime<Utc>) -> Trouble {
    tracing::warn!(%error, provider = %connection.provider, connection = %connection.id, "a refresh failed");
    match error {
        TokenError::Refused { refusal: Refusal::InvalidGrant, .. } => {
            let ended = grant.refresh_expires_at.is_some_and(|at| at <= now);
            let reason = if ended { ReauthReason::RefreshExpired } else { ReauthReason::Revoked };
            Trouble::Dead(Health::Refused(reason))
        }
        // Our own credentials or settings are wrong: the person's grant is not to blame and stays.
        TokenError::Refused { .. } | TokenError::Unreadable | TokenError::Unavailable | TokenError::Forbidden(_) => {
            Trouble::Passing { retry_after: RETRY }
        }
        TokenError::RateLimited { retry_after } => Trouble::Passing { retry_after: retry_after.unwrap_or(RETRY) },
    }
}

fn of_mint(error: &CallError) -> Trouble {
    match error {
        CallError::Suspended => Trouble::Dead(Health::Paused),
        CallError::NotFound => Trouble::Dead(Health::Removed),
        CallError::RateLimited { retry_after } => Trouble::Passing { retry_after: retry_after.unwrap_or(RETRY) },
        CallError::Unauthorized
        | CallError::Refused
        | CallError::Unreadable
        | CallError::Unavailable
        | CallError::Misconfigured
        | CallError::Forbidden(_) => Trouble::Passing { retry_after: RETRY },
    }
}

/// The new pair is in the vendor's books already and the old one is dead: a database that hiccups now gets several chances
/// to keep it.
async fn commit(
    app: &App,
    connection: &Connection,
    key: GrantKey,
    version: i64,
    grant: &Grant,
    times: grants::Times,
) -> Result<bool, VendError> {
    let sealed = seal(app, connection.tenant, key, grant)?;
    let mut attempt = 0;
    loop {
        match try_commit(app, connection, key, version, (&sealed, times), grant.refresh_expires_at).await {
            Err(error) if attempt < 5 => {
                tracing::error!(%error, connection = %connection.id, "a refreshed grant is not stored yet; trying again");
                tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
                attempt += 1;
            }
            result => return Ok(result?),
        }
    }
}

async fn try_commit(
    app: &App,
    connection: &Connection,
    key: GrantKey,
    version: i64,
    (sealed, times): (&Sealed, grants::Times),
    reauth_due_at: Option<DateTime<Utc>>,
) -> Result<bool, db::Error> {
    let mut transaction = app.pool.begin().await?;
    let tenant = connection.tenant;
    // The connection's row first, then the grant's: the order of everybody who holds both.
    move_status(&mut transaction, connection, Health::Working, app.clock.now()).await?;
    if !grants::replace(&mut *transaction, tenant, key, version, sealed, times).await? {
        return Ok(false);
    }
    if key.role == GrantRole::Primary {
        connections::set_reauth_due(&mut *transaction, tenant, key.connection, reauth_due_at).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Whether somebody has replaced the grant (or ended it) since it was at `version`. Holds the connection, so that nobody
/// does before the transaction ends.
async fn has_moved(
    transaction: &mut db::PgConnection,
    connection: &Connection,
    key: GrantKey,
    version: i64,
) -> Result<bool, db::Error> {
    connections::find_and_hold(&mut *transaction, connection.tenant, connection.id).await?;
    let stored = grants::find(&mut *transaction, connection.tenant, key).await?;
    Ok(stored.is_none_or(|stored| stored.version != version))
}

/// Moves a connection's status inside the caller's transaction, from what the row says now.
async fn move_status(
    transaction: &mut db::PgConnection,
    connection: &Connection,
    health: Health,
    now: DateTime<Utc>,
) -> Result<Status, db::Error> {
    let held = connections::find_and_hold(&mut *transaction, connection.tenant, connection.id).await?;
    let Some(held) = held else { return Ok(Status::Revoked) };
    let next = held.status.after(health);
    if next != held.status {
        connections::set_status(&mut *transaction, held.tenant, held.id, &next, now).await?;
    }
    Ok(next)
}
