//! The one door to a usable token: open what is stored if it is fresh, else see that exactly one refresh happens.

mod ask;
mod intent;
mod lease;
mod refresh;
mod stored;

pub use stored::{open, seal, times};

use self::{lease::Lease, refresh::Refreshing};
use super::settings::SettingsError;
use crate::App;
use chrono::{DateTime, TimeDelta, Utc};
use db::{connections, grants};
use kernel::{
    Connection, ConnectionId, ConnectionKind, DegradedReason, GrantKey, GrantRole, ReauthReason, Secret, Status,
    TenantId, same,
};
use oauth::{Grant, GrantFormatError};
use providers::{Call, CallError, Configured};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use vault::{KeyError, OpenError};

/// How long a caller waits for somebody else's refresh. Longer than the lease of a process that was killed.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(50);
/// A token that ends sooner than this is not handed out in place of a fresh one.
const STILL_VALID: TimeDelta = TimeDelta::seconds(30);

/// No token.
#[derive(Debug, thiserror::Error)]
pub enum VendError {
    #[error("the tenant has no such connection")]
    NotFound,
    #[error("the person has to connect again")]
    Reconnect(Option<ReauthReason>),
    #[error("the installation is suspended at the provider")]
    Suspended,
    #[error("the connection has no such grant")]
    NoSuchGrant,
    #[error("the provider cannot be used here")]
    Settings(#[from] SettingsError),
    #[error("the provider gives no token now")]
    Unavailable { retry_after: TimeDelta },
    /// `lives`: how long the provider's tokens live in all.
    #[error("no token of the provider lasts that long")]
    TooLong { lives: TimeDelta },
    #[error("the database failed")]
    Database(#[from] db::Error),
    #[error("the stored grant does not open")]
    Vault(#[from] OpenError),
    #[error("the grant cannot be sealed")]
    Seal(#[from] KeyError),
    #[error("the stored grant cannot be read")]
    Format(#[from] GrantFormatError),
}

/// A token that can be used, and whose it is.
pub struct Vended {
    pub connection: Connection,
    pub key: GrantKey,
    pub grant: Grant,
}

/// Whether a stored token that is fresh will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Fresh,
    /// One that is valid for this long from now.
    Lasting(TimeDelta),
    /// Refresh although the stored one would do: the caller asked for it.
    Renewed,
}

pub async fn vend(app: &Arc<App>, tenant: TenantId, key: GrantKey, want: Want) -> Result<Vended, VendError> {
    let connection = connections::find(&app.pool, tenant, key.connection).await?.ok_or(VendError::NotFound)?;
    of(app, connection, key.role, want).await
}

/// The same for who has the connection in hand.
pub async fn of(app: &Arc<App>, connection: Connection, role: GrantRole, want: Want) -> Result<Vended, VendError> {
    may_vend(&connection.status)?;
    let stored = grants::find(&app.pool, connection.tenant, GrantKey { connection: connection.id, role }).await?;
    with(app, connection, stored, role, want).await
}

/// The same for who has the stored grant in hand as well.
pub async fn with(
    app: &Arc<App>,
    connection: Connection,
    stored: Option<grants::Stored>,
    role: GrantRole,
    want: Want,
) -> Result<Vended, VendError> {
    let key = GrantKey { connection: connection.id, role };
    may_vend(&connection.status)?;
    let held = Held::of(app, &connection, key, stored)?;
    let now = app.clock.now();
    let serves = match want {
        Want::Fresh => held.is_fresh(now),
        Want::Lasting(length) => held.is_valid(now, length),
        Want::Renewed => false,
    };
    if serves {
        return Ok(held.vended(connection, key));
    }
    if let Want::Lasting(length) = want {
        // Renewing it would only bring another one that is too short.
        if let Some(lives) = held.lives().filter(|lives| *lives <= length) {
            return Err(VendError::TooLong { lives });
        }
    }
    if want != Want::Renewed {
        wait_for_the_vendor(&connection.status, now)?;
    }
    // A token that nothing renews is not to blame for that, as long as it is valid.
    let is_lasting = connection.kind == ConnectionKind::Account && held.grant.refresh_token.is_none();
    if is_lasting && held.is_valid(now, TimeDelta::zero()) {
        return Ok(held.vended(connection, key));
    }
    let vended = renewed(app, connection, key, held.stored, Old::Serves).await?;
    match (want, vended.grant.expires_at) {
        // Somebody else is renewing it, or the vendor does not: what still serves others is no answer to this wish.
        (Want::Lasting(length), Some(end)) if end - app.clock.now() < length => {
            Err(VendError::Unavailable { retry_after: TimeDelta::seconds(5) })
        }
        _ => Ok(vended),
    }
}

/// The token that follows one which the vendor no longer takes, whatever its end says. Whoever comes when it has been
/// replaced already gets the replacement; a refused token is not handed out again while another process renews it.
pub async fn after_refusal(
    app: &Arc<App>,
    tenant: TenantId,
    key: GrantKey,
    refused: &Secret,
) -> Result<Vended, VendError> {
    let connection = connections::find(&app.pool, tenant, key.connection).await?.ok_or(VendError::NotFound)?;
    may_vend(&connection.status)?;
    let held = Held::find(app, &connection, key).await?;
    let now = app.clock.now();
    if !same(held.grant.access_token.expose(), refused.expose()) && held.is_valid(now, TimeDelta::zero()) {
        return Ok(held.vended(connection, key));
    }
    wait_for_the_vendor(&connection.status, now)?;
    renewed(app, connection, key, held.stored, Old::IsRefused).await
}

/// Whether it is the token that the vendor refused. A path can answer 401 for reasons of its own, and a refresh ends the token
/// that others are using: the account's own page is asked first. Minting for an installation ends no other token, and an
/// installation has no page of its own.
pub async fn is_refused(app: &App, configured: &Configured, vended: &Vended) -> bool {
    if vended.connection.kind != ConnectionKind::Account {
        return true;
    }
    let asked = configured.provider.vendor.identify(call(app, configured, vended), &vended.grant).await;
    matches!(asked, Err(CallError::Unauthorized))
}

/// Renews every grant of a connection, because somebody asks for it.
pub async fn renew_all(app: &Arc<App>, tenant: TenantId, id: ConnectionId) -> Result<(), VendError> {
    vend(app, tenant, GrantKey::primary(id), Want::Renewed).await?;
    for role in grants::roles(&app.pool, tenant, id).await? {
        if role != GrantRole::Primary {
            vend(app, tenant, GrantKey { connection: id, role }, Want::Renewed).await?;
        }
    }
    Ok(())
}

/// Whether the stored token may still be handed out while somebody renews it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Old {
    Serves,
    IsRefused,
}

/// A refresh whose answer is on its way must end even when the caller has gone away: it runs on its own.
async fn renewed(
    app: &Arc<App>,
    connection: Connection,
    key: GrantKey,
    seen: grants::Stored,
    old: Old,
) -> Result<Vended, VendError> {
    let (task_app, task_connection) = (Arc::clone(app), connection.clone());
    let renewing =
        app.memory.unfinished.spawn(async move { renew(&task_app, &task_connection, key, &seen, old).await });
    let grant = renewing.await.map_err(|_| VendError::Unavailable { retry_after: ask::RETRY })??;
    Ok(Vended { connection, key, grant })
}

/// Whether a connection in this state has a token to give.
fn may_vend(status: &Status) -> Result<(), VendError> {
    match status {
        Status::Active | Status::Degraded { .. } => Ok(()),
        Status::NeedsReauth { reason } => Err(VendError::Reconnect(Some(*reason))),
        Status::Revoked => Err(VendError::Reconnect(None)),
        Status::Suspended => Err(VendError::Suspended),
    }
}

/// The vendor has just failed or asked for a pause: whoever comes now waits like the background does. What only our own
/// settings lack is looked at anew, for that asks no vendor.
fn wait_for_the_vendor(status: &Status, now: DateTime<Utc>) -> Result<(), VendError> {
    if let Status::Degraded { next_retry_at, reason } = *status
        && reason != DegradedReason::NotConfigured
        && now < next_retry_at
    {
        return Err(VendError::Unavailable { retry_after: next_retry_at - now });
    }
    Ok(())
}

/// A stored grant, opened.
struct Held {
    stored: grants::Stored,
    grant: Grant,
}

impl Held {
    async fn find(app: &App, connection: &Connection, key: GrantKey) -> Result<Self, VendError> {
        Self::of(app, connection, key, grants::find(&app.pool, connection.tenant, key).await?)
    }

    fn of(
        app: &App,
        connection: &Connection,
        key: GrantKey,
        stored: Option<grants::Stored>,
    ) -> Result<Self, VendError> {
        let stored = stored.ok_or(match key.role {
            GrantRole::Primary => VendError::Reconnect(None),
            GrantRole::User => VendError::NoSuchGrant,
        })?;
        let grant = open(app, connection.tenant, key, stored.sealed.clone())?;
        Ok(Self { stored, grant })
    }

    fn vended(self, connection: Connection, key: GrantKey) -> Vended {
        Vended { connection, key, grant: self.grant }
    }

    /// How long such tokens live in all, if that is known.
    fn lives(&self) -> Option<TimeDelta> {
        Some(self.stored.expires_at? - self.stored.obtained_at?)
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.stored.refresh_at.is_none_or(|at| now < at) && self.is_valid(now, TimeDelta::zero())
    }

    fn is_valid(&self, now: DateTime<Utc>, margin: TimeDelta) -> bool {
        self.stored.expires_at.is_none_or(|at| now + margin < at)
    }
}

/// Sees to it that the grant moves on from what was `seen`, by this process or another, and brings what then holds.
async fn renew(
    app: &Arc<App>,
    connection: &Connection,
    key: GrantKey,
    seen: &grants::Stored,
    old: Old,
) -> Result<Grant, VendError> {
    let gate = app.memory.refreshing.get_with(key, async { Arc::default() }).await;
    let _one_in_this_process = gate.lock().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let held = Held::find(app, connection, key).await?;
        let moved = held.stored.version != seen.version;
        if moved && held.is_valid(app.clock.now(), TimeDelta::zero()) {
            return Ok(held.grant);
        }
        if !moved && held.stored.refresh_at != seen.refresh_at {
            return after_failure(app, connection, held).await;
        }
        if let Some((lease, intent)) = Lease::take(app, connection.tenant, key, held.stored.version).await? {
            return Refreshing { app, connection, key, held, lease }.run(intent).await;
        }
        // Somebody else is at it. What still serves is served; otherwise their result is awaited.
        if old == Old::Serves && held.is_valid(app.clock.now(), STILL_VALID) {
            return Ok(held.grant);
        }
        if Instant::now() > deadline {
            return Err(VendError::Unavailable { retry_after: TimeDelta::seconds(5) });
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// Somebody has asked the vendor in vain while we waited. Theirs is the answer for all who waited: a vendor that is down
/// is not asked once more by each.
async fn after_failure(app: &App, connection: &Connection, held: Held) -> Result<Grant, VendError> {
    let current = connections::find(&app.pool, connection.tenant, connection.id).await?.ok_or(VendError::NotFound)?;
    may_vend(&current.status)?;
    let now = app.clock.now();
    if held.is_valid(now, TimeDelta::zero()) {
        return Ok(held.grant);
    }
    let wait = held.stored.refresh_at.map_or(ask::RETRY, |at| (at - now).max(TimeDelta::seconds(1)));
    Err(VendError::Unavailable { retry_after: wait })
}

/// A call to the vendor's API with a vended token.
pub fn call<'a>(app: &'a App, configured: &'a Configured, vended: &'a Vended) -> Call<'a> {
    Call::new(configured, &app.client, &vended.grant.access_token, app.clock.now())
}
