//! A tenant is erased: ended at the vendors, deleted here, and made anew by nobody. It goes step by step, each of which can be
//! repeated, so that it may be cut off anywhere: who comes next goes on.

use super::{
    audit::{self, AuditError},
    disconnect,
    vend::VendError,
};
use crate::{App, http::Caller};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    audit::Entry,
    connections,
    erasures::{self, Claimed},
    kept::{self, Erase, TABLES},
    tenants,
};
use kernel::{TenantId, UserId};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// What other processes remember of a tenant has gone by then.
const HEAD_START: TimeDelta = TimeDelta::seconds(10);
/// Longer than any request that was let in before, MCP's five minutes included: what those have written is looked for once more.
const SETTLE: TimeDelta = TimeDelta::minutes(6);
/// One turn at it, and how long nobody else takes one: a step may take half a minute beyond the turn.
const TURN: Duration = Duration::from_mins(1);
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// After a failure, and while vendors are waited for.
const AGAIN: TimeDelta = TimeDelta::minutes(1);
/// A vendor that has not ended a grant by then is asked no more: what we keep for that goes too.
const LONGEST: TimeDelta = TimeDelta::hours(23);
/// Connections that are looked up at once.
const CONNECTIONS: i64 = 20;
/// Grants cannot be ended without the client that obtained them.
const NEEDED_TO_REVOKE: &str = "provider_configs";

/// It is not erased, or not yet.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error("no such tenant")]
    NotFound,
    #[error("a connection is not ended")]
    Vend(#[from] VendError),
    #[error("the audit log is not erased")]
    Audit(#[from] AuditError),
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// From here on the tenant is none, and workers do the rest. Asking twice is asking once.
pub async fn begin(app: &App, caller: &Caller, tenant: TenantId) -> Result<(), EraseError> {
    let now = app.clock.now();
    let mut transaction = app.pool.begin().await?;
    if tenants::find(&mut *transaction, tenant).await?.is_none() {
        let known = erasures::find(&mut *transaction, tenant).await?;
        return known.map(|_| ()).ok_or(EraseError::NotFound);
    }
    if erasures::begin(&mut *transaction, tenant, (now, now + HEAD_START)).await? {
        let name = erasures::find(&mut *transaction, tenant).await?.ok_or(EraseError::NotFound)?.pseudonym;
        note(&mut transaction, &caller.audit_name(), "tenant.erase", TenantId::from_uuid(name), now).await?;
    }
    transaction.commit().await?;
    app.memory.tenants.invalidate(&tenant).await;
    Ok(())
}

/// In the log that belongs to no tenant, by the name that is left.
async fn note(
    transaction: &mut db::PgConnection,
    actor: &str,
    action: &str,
    name: TenantId,
    at: DateTime<Utc>,
) -> Result<(), db::Error> {
    let entry = Entry { at, actor, action, target: &name.to_string(), detail: json!({}) };
    db::audit::append(transaction, TenantId::UNADDRESSED, entry).await
}

/// Goes on with one that is due. `false`: there is none.
pub async fn pass(app: &App) -> Result<bool, db::Error> {
    let now = app.clock.now();
    let Some(claimed) = erasures::claim_for_any_tenant(&app.pool, now, now + LEASE).await? else { return Ok(false) };
    let due_at = match work(app, &claimed).await {
        Ok(Step::Done) => return Ok(true),
        Ok(Step::Later(at)) => at,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, name = %claimed.pseudonym, "an erasure goes on later");
            now + AGAIN
        }
    };
    erasures::put_off(&app.pool, claimed.tenant(), due_at).await?;
    Ok(true)
}

/// How far a turn has brought it.
enum Step {
    Done,
    Later(DateTime<Utc>),
}

async fn work(app: &App, claimed: &Claimed) -> Result<Step, EraseError> {
    let (tenant, now, ends) = (claimed.tenant(), app.clock.now(), Instant::now() + TURN);
    if !disconnect_all(app, tenant, ends).await? {
        return Ok(Step::Later(now));
    }
    let waits_for_vendors = kept::is_revoking(&app.pool, tenant).await? && now < claimed.asked_at + LONGEST;
    for kept in TABLES.iter().filter(|kept| matches!(kept.erase, Erase::Delete)) {
        if kept.table == NEEDED_TO_REVOKE && waits_for_vendors {
            continue;
        }
        // Who is named in a delivery to the app is known from what is deleted behind it.
        while kept.table == "delivery_addressees" && kept::delete_of_the_app(&app.pool, tenant).await? {}
        while kept::delete(&app.pool, tenant, kept.table).await? {
            if Instant::now() > ends {
                return Ok(Step::Later(now));
            }
        }
    }
    if !pseudonymise(app, claimed).await? {
        return Ok(Step::Later(now + AGAIN));
    }
    if waits_for_vendors {
        return Ok(Step::Later(now + AGAIN));
    }
    if now < claimed.asked_at + SETTLE {
        return Ok(Step::Later(claimed.asked_at + SETTLE));
    }
    last(app, claimed).await
}

/// `false`: there may be more.
async fn disconnect_all(app: &App, tenant: TenantId, ends: Instant) -> Result<bool, EraseError> {
    // Where the tenant is a person's own, what they have elsewhere ends with it.
    let user = UserId::from_uuid(tenant.as_uuid());
    loop {
        let alive = connections::of_person_for_any_tenant(&app.pool, user, CONNECTIONS).await?;
        if alive.is_empty() {
            return Ok(true);
        }
        for (tenant, id) in alive {
            if Instant::now() > ends {
                return Ok(false);
            }
            match disconnect::end(app, (tenant, id), "system", |_| true).await {
                // Somebody else was faster.
                Ok(_) | Err(VendError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The audit log no longer says who it was, here and where the person was among others.
async fn pseudonymise(app: &App, claimed: &Claimed) -> Result<bool, EraseError> {
    let (tenant, user) = (claimed.tenant(), UserId::from_uuid(claimed.tenant().as_uuid()));
    let name = TenantId::from_uuid(claimed.pseudonym);
    let pseudonyms = audit::Pseudonyms { pepper: &claimed.pepper };
    for elsewhere in kept::people_elsewhere(&app.pool, user).await? {
        if !audit::erase(app, elsewhere, &pseudonyms, Some(&format!("user:{user}"))).await? {
            return Ok(false);
        }
    }
    let mut transaction = app.pool.begin().await?;
    kept::forget_in_other_tenants(&mut transaction, user).await?;
    transaction.commit().await?;
    if audit::has_chain(app, name).await? {
        return Ok(audit::adopt(app, tenant, name, &pseudonyms).await?);
    }
    Ok(audit::erase(app, tenant, &pseudonyms, None).await? && audit::rename(app, tenant, name).await?)
}

/// Whatever a late request has written makes another turn necessary.
async fn last(app: &App, claimed: &Claimed) -> Result<Step, EraseError> {
    let (tenant, now) = (claimed.tenant(), app.clock.now());
    let mut transaction = app.pool.begin().await?;
    if let Some(table) = kept::is_left(&mut transaction, tenant).await? {
        tracing::info!(table, "something was written while its tenant was erased; it is deleted as well");
        return Ok(Step::Later(now));
    }
    kept::forget_last(&mut transaction, tenant, now).await?;
    note(&mut transaction, "system", "tenant.erased", TenantId::from_uuid(claimed.pseudonym), now).await?;
    transaction.commit().await?;
    Ok(Step::Done)
}
