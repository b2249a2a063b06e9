//! The one door to a usable token: open what is stored if it is fresh, else see that exactly one refresh happens.

use crate::{App, flows::revoke};
use chrono::{DateTime, TimeDelta, Utc};
use db::{connections, grants};
use kernel::{Connection, ConnectionId, ConnectionKind, Health, ReauthReason, Status, TenantId};
use oauth::{Grant, GrantFormatError, Refusal, TokenError};
use providers::{Call, CallError, Configured, Refresh, Registry};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;
use vault::{Context, KeyError, OpenError, Sealed};

/// Longer than all attempts of one refresh together, so that nobody takes over from a holder who is still at it.
const LEASE: TimeDelta = TimeDelta::seconds(90);
/// How long a caller waits for somebody else's refresh.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(50);
/// A token that ends sooner than this is not handed out in place of a fresh one.
const STILL_VALID: TimeDelta = TimeDelta::seconds(30);
/// When the background tries a failed refresh again.
const RETRY: TimeDelta = TimeDelta::minutes(1);
/// Minted tokens are renewed this long before their end.
const MINT_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// No token.
#[derive(Debug, thiserror::Error)]
pub enum VendError {
    #[error("the tenant has no such connection")]
    NotFound,
    #[error("the person has to connect again")]
    Reconnect(Option<ReauthReason>),
    #[error("the installation is suspended at the provider")]
    Suspended,
    #[error("the provider has no settings here")]
    NotConfigured,
    #[error("the provider gives no token now")]
    Unavailable { retry_after: TimeDelta },
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
    pub grant: Grant,
}

/// Whether a stored token that is fresh will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Fresh,
    /// Refresh although the stored one would do: the caller asked for it.
    Renewed,
}

pub async fn vend(app: &Arc<App>, tenant: TenantId, id: ConnectionId, want: Want) -> Result<Vended, VendError> {
    let connection = connections::find(&app.pool, tenant, id).await?.ok_or(VendError::NotFound)?;
    match connection.status {
        Status::Active | Status::Degraded { .. } => {}
        Status::NeedsReauth { reason } => return Err(VendError::Reconnect(Some(reason))),
        Status::Revoked => return Err(VendError::Reconnect(None)),
        Status::Suspended => return Err(VendError::Suspended),
    }
    let held = Held::find(app, &connection).await?;
    if want == Want::Fresh && held.is_fresh(app.clock.now()) {
        return Ok(Vended { connection, grant: held.grant });
    }
    // A refresh whose answer is on its way must end even when the caller has gone away: it runs on its own.
    let (task_app, task_connection) = (Arc::clone(app), connection.clone());
    let renewing =
        app.memory.unfinished.spawn(async move { renew(&task_app, &task_connection, held.stored.version).await });
    let grant = renewing.await.map_err(|_| VendError::Unavailable { retry_after: RETRY })??;
    Ok(Vended { connection, grant })
}

/// A stored grant, opened.
struct Held {
    stored: grants::Stored,
    grant: Grant,
}

impl Held {
    async fn find(app: &App, connection: &Connection) -> Result<Self, VendError> {
        let stored = grants::find(&app.pool, connection.tenant, connection.id).await?;
        let stored = stored.ok_or(VendError::Reconnect(None))?;
        let sealed = Sealed::from_bytes(stored.sealed.clone())?;
        let plaintext = app.vault.open(&sealed, &context(connection.tenant, connection.id))?;
        Ok(Self { grant: Grant::from_plaintext(&plaintext)?, stored })
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.stored.refresh_at.is_none_or(|at| now < at) && self.is_valid(now, TimeDelta::zero())
    }

    fn is_valid(&self, now: DateTime<Utc>, margin: TimeDelta) -> bool {
        self.stored.expires_at.is_none_or(|at| now + margin < at)
    }
}

/// Sees to it that the version moves on from `seen`, by this process or another, and brings what then holds.
async fn renew(app: &Arc<App>, connection: &Connection, seen: i64) -> Result<Grant, VendError> {
    let gate = app.memory.refreshing.get_with(connection.id, async { Arc::default() }).await;
    let _one_in_this_process = gate.lock().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let held = Held::find(app, connection).await?;
        if held.stored.version != seen && held.is_valid(app.clock.now(), TimeDelta::zero()) {
            return Ok(held.grant);
        }
        let owner = Uuid::now_v7();
        let (tenant, id, version) = (connection.tenant, connection.id, held.stored.version);
        if grants::take_lease(&app.pool, tenant, id, version, owner, LEASE).await? {
            return refresh(app, connection, held, owner).await;
        }
        // Somebody else is at it. What still serves is served; otherwise their result is awaited.
        if held.stored.version == version && held.is_valid(app.clock.now(), STILL_VALID) {
            return Ok(held.grant);
        }
        if Instant::now() > deadline {
            return Err(VendError::Unavailable { retry_after: TimeDelta::seconds(5) });
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// With the lease in hand: asks the vendor, and commits what it says before anybody uses it.
async fn refresh(app: &Arc<App>, connection: &Connection, held: Held, owner: Uuid) -> Result<Grant, VendError> {
    let configured = app.providers.configured(&connection.provider).ok_or(VendError::NotConfigured);
    let outcome = match configured {
        Ok(configured) => obtain(app, configured, connection, &held.grant).await,
        Err(error) => {
            grants::give_back(&app.pool, connection.tenant, connection.id, owner, held.stored.refresh_at).await?;
            return Err(error);
        }
    };
    let now = app.clock.now();
    match outcome {
        Ok(grant) => {
            let times = times(configured_refresh(&connection.provider), connection.kind, &grant, now);
            if commit(app, connection, held.stored.version, &grant, times).await? {
                return Ok(grant);
            }
            // The connection was made anew or ended meanwhile: our pair is nobody's and must not live on.
            revoke::later(app, &connection.provider, &grant).await?;
            Held::find(app, connection).await.map(|held| held.grant)
        }
        Err(Trouble::Dead(health)) => {
            // Losing a race looks the same as a revoked grant: only an unmoved version means it.
            let current = Held::find(app, connection).await?;
            if current.stored.version != held.stored.version {
                return Ok(current.grant);
            }
            let mut transaction = app.pool.begin().await?;
            let status = move_status(&mut transaction, connection, health, now).await?;
            grants::give_back(&mut *transaction, connection.tenant, connection.id, owner, None).await?;
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
            move_status(&mut transaction, connection, Health::Failing { retry_at }, now).await?;
            grants::give_back(&mut *transaction, connection.tenant, connection.id, owner, Some(retry_at)).await?;
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
                let answer = configured.token_endpoint(&app.client, &read, now).refresh(refresh_token).await;
                match answer {
                    Ok(mut fresh) => {
                        // A vendor that does not repeat the scopes has not changed them (RFC 6749 6).
                        if fresh.scopes.is_empty() {
                            fresh.scopes.clone_from(&grant.scopes);
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
    version: i64,
    grant: &Grant,
    times: grants::Times,
) -> Result<bool, VendError> {
    let sealed = seal(app, connection.tenant, connection.id, grant)?;
    let mut attempt = 0;
    loop {
        match try_commit(app, connection, version, &sealed, times).await {
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
    version: i64,
    sealed: &Sealed,
    times: grants::Times,
) -> Result<bool, db::Error> {
    let mut transaction = app.pool.begin().await?;
    let (tenant, id) = (connection.tenant, connection.id);
    if !grants::replace(&mut *transaction, tenant, id, version, sealed, times).await? {
        return Ok(false);
    }
    move_status(&mut transaction, connection, Health::Working, app.clock.now()).await?;
    transaction.commit().await?;
    Ok(true)
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

/// When a grant ends, and when to renew it: ahead by the provider's measure, but never by more than a quarter of its life.
pub fn times(refresh: Option<Refresh>, kind: ConnectionKind, grant: &Grant, now: DateTime<Utc>) -> grants::Times {
    let ahead = match (kind, refresh) {
        (ConnectionKind::Installation, _) => Some(MINT_AHEAD),
        (ConnectionKind::Account, Some(Refresh::Rotating { ahead })) if grant.refresh_token.is_some() => Some(ahead),
        (ConnectionKind::Account, _) => None,
    };
    let refresh_at = grant.expires_at.zip(ahead).map(|(end, ahead)| end - ahead.min((end - now) / 4));
    grants::Times { expires_at: grant.expires_at, refresh_at }
}

fn configured_refresh(slug: &str) -> Option<Refresh> {
    Registry::known(slug).map(|provider| provider.refresh)
}

/// Seals a grant for its row.
pub fn seal(app: &App, tenant: TenantId, id: ConnectionId, grant: &Grant) -> Result<Sealed, VendError> {
    Ok(app.vault.seal(grant.to_plaintext()?.expose(), &context(tenant, id))?)
}

/// Opens a grant of its row.
pub fn open(app: &App, tenant: TenantId, id: ConnectionId, sealed: Vec<u8>) -> Result<Grant, VendError> {
    let plaintext = app.vault.open(&Sealed::from_bytes(sealed)?, &context(tenant, id))?;
    Ok(Grant::from_plaintext(&plaintext)?)
}

fn context(tenant: TenantId, id: ConnectionId) -> Context {
    Context::new("grants", format!("{tenant}/{id}"), "sealed")
}

/// A call to the vendor's API with a vended token.
pub fn call<'a>(app: &'a App, configured: &'a Configured, vended: &'a Vended) -> Call<'a> {
    Call::new(configured, &app.client, &vended.grant.access_token, app.clock.now())
}
