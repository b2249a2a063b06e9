//! The refresh itself, with the lease in hand: the vendor is asked, and what it says is committed before anybody uses it.

use super::{
    Held, VendError,
    ask::{AFTER_SETTINGS, Asking, RETRY, Trouble},
    intent::{Intent, Stakes},
    lease::Lease,
    stored::{seal, times},
};
use crate::{
    App,
    flows::{
        health::{self, Because, Telling},
        revoke,
        settings::{self, Origin, SettingsError},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    connections,
    grants::{self, Left},
};
use kernel::{Connection, DegradedReason, GrantKey, GrantRole, Health, Status, meters};
use oauth::Grant;
use providers::Configured;
use std::time::Duration;
use vault::Sealed;

/// One grant under its lease.
pub(super) struct Refreshing<'a> {
    pub app: &'a App,
    pub connection: &'a Connection,
    pub key: GrantKey,
    pub held: Held,
    pub lease: Lease,
}

impl Refreshing<'_> {
    /// Ends with the grant that then holds. The lease is kept for as long as it takes.
    pub async fn run(self, intent: Intent) -> Result<Grant, VendError> {
        let (app, lease) = (self.app, self.lease);
        let provider = self.connection.provider.clone();
        let outcome = tokio::select! {
            renewed = self.renew(intent) => renewed,
            never = lease.keep(app) => match never {},
        };
        let word = match &outcome {
            Ok(_) => "renewed",
            Err(VendError::Unavailable { .. }) => "unavailable",
            Err(VendError::Reconnect(_) | VendError::Suspended) => "dead",
            Err(_) => "failed",
        };
        metrics::counter!(meters::REFRESHES.name, "provider" => provider, "outcome" => word).increment(1);
        outcome
    }

    async fn renew(self, intent: Intent) -> Result<Grant, VendError> {
        let origin = Origin::of(self.connection, self.held.stored.client_id.as_deref());
        let configured = match settings::of_grant(self.app, origin).await {
            Ok(configured) => configured,
            Err(error) => return self.unconfigured(intent, error).await,
        };
        let stakes = Stakes::of(&configured.provider, self.connection.kind);
        let mut asking = Asking {
            app: self.app,
            configured: &configured,
            connection: self.connection,
            grant: &self.held.grant,
            lease: self.lease,
            intent,
            stakes,
        };
        let answer = asking.ask().await;
        let intent = asking.intent;
        match answer {
            Ok(grant) => self.keep(&configured, grant).await,
            Err(Trouble::Dead(health)) => self.end(health).await,
            Err(Trouble::Passing { retry_after, reason }) => {
                let retry_after = match reason {
                    // The vendor itself says when.
                    DegradedReason::RateLimited => retry_after,
                    _ => intent.pause(stakes, retry_after),
                };
                let error = VendError::Unavailable { retry_after };
                self.wait(retry_after, reason, intent.left(stakes), error).await
            }
            Err(Trouble::Overtaken) => self.as_others_left_it().await,
            Err(Trouble::Database(error)) => Err(error.into()),
        }
    }

    /// The vendor was not asked, for we do not know with which client.
    async fn unconfigured(self, intent: Intent, error: SettingsError) -> Result<Grant, VendError> {
        // No call was made; what was known before is still what is known.
        let left = intent.left(Stakes::Replaced { grace: TimeDelta::zero() });
        match error {
            SettingsError::UnknownProvider
            | SettingsError::NotConfigured
            | SettingsError::ClientGone
            | SettingsError::Place(_) => {
                self.wait(AFTER_SETTINGS, DegradedReason::NotConfigured, left, error.into()).await
            }
            // Ours to repair, and nothing about this connection.
            SettingsError::Database(_) | SettingsError::Open(_) | SettingsError::Stored => {
                let retry_at = self.held.stored.refresh_at.map(|_| self.app.clock.now() + RETRY);
                self.lease.give_back(&self.app.pool, retry_at, left).await?;
                Err(error.into())
            }
        }
    }

    async fn as_others_left_it(&self) -> Result<Grant, VendError> {
        let held = Held::find(self.app, self.connection, self.key).await?;
        let valid = held.is_valid(self.app.clock.now(), TimeDelta::zero());
        if valid { Ok(held.grant) } else { Err(VendError::Unavailable { retry_after: TimeDelta::seconds(5) }) }
    }

    async fn keep(self, configured: &Configured, grant: Grant) -> Result<Grant, VendError> {
        let times = times(&configured.provider, self.connection.kind, &grant, self.app.clock.now());
        if self.commit(&grant, times).await? {
            return Ok(grant);
        }
        // The connection was made anew or ended meanwhile: our pair is nobody's and must not live on.
        revoke::orphan(self.app, configured, &self.connection.parameters, &grant).await?;
        Held::find(self.app, self.connection, self.key).await.map(|held| held.grant)
    }

    async fn end(self, health: Health) -> Result<Grant, VendError> {
        let (app, connection) = (self.app, self.connection);
        let mut transaction = app.pool.begin().await?;
        // Losing a race looks the same as a revoked grant: only an unmoved version means it.
        if self.has_moved(&mut transaction).await? {
            drop(transaction);
            return Held::find(app, connection, self.key).await.map(|held| held.grant);
        }
        let shifted = health::shift(app, &mut transaction, connection, health, Because::Refresh, Telling::Now).await?;
        if health == Health::Removed {
            grants::forget(&mut *transaction, connection.tenant, connection.id).await?;
        } else {
            self.lease.give_back(&mut *transaction, None, Left::NOTHING).await?;
        }
        transaction.commit().await?;
        match shifted.map(|(_, status)| status) {
            Some(Status::Suspended) => Err(VendError::Suspended),
            Some(Status::NeedsReauth { reason }) => Err(VendError::Reconnect(Some(reason))),
            Some(Status::Active | Status::Degraded { .. } | Status::Revoked) | None => Err(VendError::Reconnect(None)),
        }
    }

    /// Gives the lease back until a better moment, and brings what serves until then: what others have made of the grant
    /// meanwhile, or the stored token for as long as it is valid.
    async fn wait(
        self,
        retry_after: TimeDelta,
        reason: DegradedReason,
        left: Left,
        error: VendError,
    ) -> Result<Grant, VendError> {
        let (app, connection, now) = (self.app, self.connection, self.app.clock.now());
        let retry_at = now + retry_after;
        let mut transaction = app.pool.begin().await?;
        if self.has_moved(&mut transaction).await? {
            drop(transaction);
            return Held::find(app, connection, self.key).await.map(|held| held.grant);
        }
        let health = Health::Failing { retry_at, reason };
        health::shift(app, &mut transaction, connection, health, Because::Refresh, Telling::Now).await?;
        self.lease.give_back(&mut *transaction, Some(retry_at), left).await?;
        transaction.commit().await?;
        if self.held.is_valid(now, TimeDelta::zero()) { Ok(self.held.grant) } else { Err(error) }
    }

    /// The new pair is in the vendor's books already and the old one is dead: a database that hiccups now gets several
    /// chances to keep it.
    async fn commit(&self, grant: &Grant, times: grants::Times) -> Result<bool, VendError> {
        let sealed = seal(self.app, self.connection.tenant, self.key, grant)?;
        let mut attempt = 0;
        loop {
            match self.try_commit(&sealed, times, grant.refresh_expires_at).await {
                Err(error) if attempt < 5 => {
                    let connection = self.connection.id;
                    tracing::error!(%error, %connection, "a refreshed grant is not stored yet; trying again");
                    tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
                    attempt += 1;
                }
                result => return Ok(result?),
            }
        }
    }

    async fn try_commit(
        &self,
        sealed: &Sealed,
        times: grants::Times,
        reauth_due_at: Option<DateTime<Utc>>,
    ) -> Result<bool, db::Error> {
        let (app, tenant, version) = (self.app, self.connection.tenant, self.held.stored.version);
        let mut transaction = app.pool.begin().await?;
        // The connection's row first, then the grant's: the order of everybody who holds both.
        let working = Health::Working;
        health::shift(self.app, &mut transaction, self.connection, working, Because::Refresh, Telling::Now).await?;
        if !grants::replace(&mut *transaction, tenant, self.key, version, sealed, times).await? {
            return Ok(false);
        }
        if self.key.role == GrantRole::Primary {
            connections::set_reauth_due(&mut *transaction, tenant, self.key.connection, reauth_due_at).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Whether somebody has replaced the grant (or ended it) since it was read. Holds the connection, so that nobody does
    /// before the transaction ends.
    async fn has_moved(&self, transaction: &mut db::PgConnection) -> Result<bool, db::Error> {
        connections::find_and_hold(&mut *transaction, self.connection.tenant, self.connection.id).await?;
        let stored = grants::find(&mut *transaction, self.connection.tenant, self.key).await?;
        Ok(stored.is_none_or(|stored| stored.version != self.held.stored.version))
    }
}
