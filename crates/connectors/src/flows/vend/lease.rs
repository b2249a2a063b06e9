//! The right to refresh one grant, alone among all processes, with a note of what it is for.

use super::intent::Intent;
use crate::App;
use chrono::{DateTime, TimeDelta, Utc};
use db::grants::{self, Left};
use kernel::{GrantKey, TenantId};
use std::{convert::Infallible, time::Duration};
use uuid::Uuid;

/// What a killed process costs its callers at most. One that lives lengthens its lease every [`BEAT`], however long the
/// vendor or the database take; one that was frozen meanwhile finds the version moved and replaces nothing.
const LEASE: TimeDelta = TimeDelta::seconds(15);
const BEAT: Duration = Duration::from_secs(4);

#[derive(Clone, Copy)]
pub(super) struct Lease {
    tenant: TenantId,
    key: GrantKey,
    owner: Uuid,
}

impl Lease {
    /// `None`: somebody else has it, or the version has moved. The intent is noted with it.
    pub async fn take(
        app: &App,
        tenant: TenantId,
        key: GrantKey,
        version: i64,
    ) -> Result<Option<(Self, Intent)>, db::Error> {
        let owner = Uuid::now_v7();
        let noted = grants::take_lease(&app.pool, tenant, key, version, owner, LEASE).await?;
        Ok(noted.map(|noted| (Self { tenant, key, owner }, Intent::found(noted))))
    }

    /// Keeps it for as long as this future lives.
    pub async fn keep(self, app: &App) -> Infallible {
        loop {
            tokio::time::sleep(BEAT).await;
            if let Err(error) = grants::keep_lease(&app.pool, self.tenant, self.key, self.owner, LEASE).await {
                tracing::warn!(%error, connection = %self.key.connection, "a lease could not be lengthened");
            }
        }
    }

    /// Notes that the vendor is about to be asked once more. `false`: somebody has taken over, and it must not be.
    pub async fn note(self, app: &App, intent: &Intent) -> Result<bool, db::Error> {
        grants::note_attempt(&app.pool, self.tenant, self.key, self.owner, intent.attempts()).await
    }

    /// Ends it without a new version.
    pub async fn give_back(
        self,
        executor: impl db::PgExecutor<'_>,
        refresh_at: Option<DateTime<Utc>>,
        left: Left,
    ) -> Result<(), db::Error> {
        grants::give_back(executor, self.tenant, self.key, self.owner, refresh_at, left).await
    }
}
