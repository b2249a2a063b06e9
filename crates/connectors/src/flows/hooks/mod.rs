//! The hooks of a connection, kept as they should be: what is to be watched is asked for, registered, looked at, renewed before
//! its end and removed. Whoever claims the connection does all of that, one thing after the other, so that two processes never
//! register the same; a killed one leaves rows from which the next goes on.

pub mod catch_up;
mod look;
mod register;
mod remove;
mod renew;
mod times;
mod want;

pub use remove::{Leaving, leaving, remove_all};

use super::{
    audit::story,
    settings::{self, Origin, SettingsError},
    vend::{self, VendError, Vended, Want},
};
use crate::App;
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    grants,
    hooks::{self, Claimed, Hook, Next, State},
};
use futures_util::{StreamExt, stream};
use kernel::{Connection, ConnectionId, ConnectionKind, GrantKey, TenantId};
use providers::{Call, CallError, Configured, Provider, Registrar};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use vault::{KeyError, OpenError};

/// Connections in one pass, and those under way at the same time.
const BATCH: i64 = 16;
const AT_ONCE: usize = 8;
/// Longer than any one step, before each of which it is lengthened.
const LEASE: TimeDelta = TimeDelta::minutes(3);
/// One question to a vendor, all of its pages included.
const LONGEST_STEP: Duration = Duration::from_mins(2);
/// What is left then is done by the next pass: nobody holds up the others of a batch.
const LONGEST_TURN: Duration = Duration::from_mins(4);
/// A replacement may turn out to be needed while the others are looked at, and is registered in the same turn.
const ROUNDS: usize = 3;

/// Why the upkeep of a connection's hooks stops for now.
#[derive(Debug, thiserror::Error)]
enum Halt {
    #[error("somebody else has taken over, or the connection has ended")]
    TakenOver,
    #[error("{0}")]
    Vend(#[from] VendError),
    #[error("{0}")]
    Settings(#[from] SettingsError),
    #[error("{0}")]
    Vendor(CallError),
    #[error("the database failed")]
    Database(#[from] db::Error),
    #[error("the hook's secret cannot be sealed")]
    Seal(#[from] KeyError),
    #[error("the hook's secret does not open")]
    Open(#[from] OpenError),
}

/// The vendor's side, where the vendor lets us register.
pub fn registrar(provider: &Provider) -> Option<&dyn Registrar> {
    provider.webhook.as_ref()?;
    provider.vendor.webhooks()?.registrar()
}

/// A connection that was made, made anew or has come back: its hooks are looked after from now on. In the caller's
/// transaction. What organisations install has the app's own hook.
pub async fn ask(app: &App, transaction: &mut db::PgConnection, connection: &Connection) -> Result<(), db::Error> {
    let registers = settings::known(app, &connection.provider).is_ok_and(|provider| registrar(&provider).is_some());
    if registers && connection.kind == ConnectionKind::Account {
        hooks::ask(transaction, connection.tenant, connection.id, app.clock.now()).await?;
    }
    Ok(())
}

/// The connection has ended, and its hooks are nobody's any more. In the caller's transaction.
pub async fn forget(
    transaction: &mut db::PgConnection,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<(), db::Error> {
    hooks::forget_all(&mut *transaction, tenant, connection).await?;
    hooks::forget_upkeep(&mut *transaction, tenant, connection).await
}

/// One pass over the connections whose hooks are due. Returns how many there were.
pub async fn pass(app: &Arc<App>) -> Result<usize, db::Error> {
    let claimed = hooks::claim_for_any_tenant(&app.pool, app.clock.now(), LEASE, BATCH).await?;
    let count = claimed.len();
    stream::iter(claimed)
        .for_each_concurrent(AT_ONCE, async |claimed| {
            if let Err(error) = tend(app, &claimed).await {
                tracing::warn!(%error, connection = %claimed.connection, "a turn at hooks is not noted; another follows");
            }
        })
        .await;
    Ok(count)
}

async fn tend(app: &Arc<App>, claimed: &Claimed) -> Result<(), db::Error> {
    let (tenant, connection) = (claimed.tenant, claimed.connection);
    let mut wanted_at = claimed.wanted_at;
    let turn = turn(app, claimed, &mut wanted_at).await;
    let now = app.clock.now();
    let next = match turn {
        Ok(Turn::Done { trouble }) => {
            let left = hooks::of_connection(&app.pool, tenant, connection).await?;
            let due_at = left.iter().map(|hook| hook.due_at).chain([wanted_at]).min().unwrap_or(wanted_at);
            Next { due_at, wanted_at, attempts: 0, error: trouble }
        }
        Ok(Turn::NotOurs) => return hooks::forget_upkeep(&app.pool, tenant, connection).await,
        Err(Halt::TakenOver) => return Ok(()),
        Err(error) => {
            tracing::warn!(%error, %connection, "hooks cannot be looked after now");
            let pause = match &error {
                // Somebody has to act; that asks for a look of its own.
                Halt::Vend(
                    VendError::Reconnect(_) | VendError::Suspended | VendError::NotFound | VendError::NoSuchGrant,
                ) => times::DAILY,
                Halt::Vend(VendError::Unavailable { retry_after }) => {
                    times::pause(claimed.attempts, Some(*retry_after))
                }
                Halt::Vendor(CallError::RateLimited { retry_after }) => times::pause(claimed.attempts, *retry_after),
                _ => times::pause(claimed.attempts, None),
            };
            let attempts = claimed.attempts.saturating_add(1);
            Next { due_at: now + pause, wanted_at, attempts, error: Some(error.to_string()) }
        }
    };
    hooks::finish(&app.pool, claimed, &next).await
}

enum Turn {
    /// `trouble`: why the vendor did not say what is to be watched.
    Done { trouble: Option<String> },
    /// There is nobody here whose hooks we could register.
    NotOurs,
}

/// All that is due for one connection.
async fn turn(app: &Arc<App>, claimed: &Claimed, wanted_at: &mut DateTime<Utc>) -> Result<Turn, Halt> {
    let (tenant, key) = (claimed.tenant, GrantKey::primary(claimed.connection));
    let Some(connection) = db::connections::find(&app.pool, tenant, claimed.connection).await? else {
        return Ok(Turn::NotOurs);
    };
    let provider = settings::known(app, &connection.provider)?;
    let registrar = registrar(&provider).filter(|_| connection.kind == ConnectionKind::Account);
    let (Some(registrar), Some(stored)) = (registrar, grants::find(&app.pool, tenant, key).await?) else {
        return Ok(Turn::NotOurs);
    };
    let configured = settings::of_grant(app, Origin::of(&connection, stored.client_id.as_deref())).await?;
    let vended = vend::of(app, connection, key.role, Want::Fresh).await?;
    let keeper = Keeper { app, claimed, vended, configured, registrar };
    let (ends, mut trouble) = (Instant::now() + LONGEST_TURN, None);
    if *wanted_at <= app.clock.now() {
        trouble = want::settle(&keeper).await?;
        *wanted_at = app.clock.now() + times::daily();
    }
    for _ in 0..ROUNDS {
        let now = app.clock.now();
        let rows = hooks::of_connection(&app.pool, tenant, claimed.connection).await?;
        let mut due: Vec<&Hook> = rows.iter().filter(|hook| hook.due_at <= now).collect();
        // What takes a place before what gives it up.
        due.sort_by_key(|hook| hook.state == State::Removing);
        if due.is_empty() {
            break;
        }
        for hook in due {
            if Instant::now() > ends {
                return Ok(Turn::Done { trouble });
            }
            keeper.see_to(hook).await?;
        }
    }
    Ok(Turn::Done { trouble })
}

/// Whoever has the claim on a connection, and its token.
struct Keeper<'a> {
    app: &'a Arc<App>,
    claimed: &'a Claimed,
    vended: Vended,
    configured: Configured,
    registrar: &'a dyn Registrar,
}

impl Keeper<'_> {
    fn call(&self) -> Call<'_> {
        vend::call(self.app, &self.configured, &self.vended)
    }

    const fn tenant(&self) -> TenantId {
        self.claimed.tenant
    }

    const fn of(&self) -> (TenantId, ConnectionId) {
        (self.claimed.tenant, self.claimed.connection)
    }

    fn slug(&self) -> &str {
        &self.configured.provider.slug
    }

    /// One question to the vendor, while the claim is ours.
    async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, CallError>> + Send,
    ) -> Result<Result<T, CallError>, Halt> {
        if !hooks::hold(&self.app.pool, self.claimed, self.app.clock.now() + LEASE).await? {
            return Err(Halt::TakenOver);
        }
        Ok(tokio::time::timeout(LONGEST_STEP, question).await.unwrap_or(Err(CallError::Unavailable)))
    }

    async fn see_to(&self, hook: &Hook) -> Result<(), Halt> {
        let now = self.app.clock.now();
        let done = match hook.state {
            State::Pending => register::one(self, hook).await?,
            State::Active if hook.renew_at.is_some_and(|at| at <= now) => renew::one(self, hook).await?,
            State::Active => look::one(self, hook).await?,
            State::Removing => remove::one(self, hook).await?,
        };
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.failed(hook, error).await,
        }
    }

    /// What concerns one hook is noted there, and the others go on; what concerns the vendor stops them all.
    async fn failed(&self, hook: &Hook, error: CallError) -> Result<(), Halt> {
        let pause = match &error {
            // Another attempt brings the same until somebody changes something: a scope, a right, a project.
            CallError::Refused
            | CallError::NotFound
            | CallError::Suspended
            | CallError::Misconfigured
            | CallError::Forbidden(_) => times::daily(),
            CallError::RateLimited { retry_after } => times::pause(hook.attempts, *retry_after),
            CallError::Unauthorized | CallError::Unreadable | CallError::Unavailable => {
                times::pause(hook.attempts, None)
            }
        };
        let now = self.app.clock.now();
        let due_at = now + pause;
        tracing::warn!(%error, hook = %hook.id, provider = self.slug(), "a hook is not as it should be");
        let (mut transaction, told) = (self.app.pool.begin().await?, error.to_string());
        hooks::failed(&mut *transaction, self.tenant(), hook.id, &told, due_at).await?;
        if hook.attempts == 0 {
            let detail = json!({ "hook_id": hook.id, "watches": hook.target, "error": told });
            story::tell(&mut *transaction, self.of(), story::Turn::HookFailed, detail, now).await?;
        }
        transaction.commit().await?;
        match error {
            CallError::RateLimited { .. } | CallError::Unauthorized | CallError::Unavailable => {
                Err(Halt::Vendor(error))
            }
            _ => Ok(()),
        }
    }
}
