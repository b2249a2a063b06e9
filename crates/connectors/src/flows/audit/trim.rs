//! Old lines go, from the beginning of each chain; what is left still verifies, for the hash before it is kept.

use super::{AuditError, key};
use crate::App;
use chrono::{DateTime, Utc};
use db::audit::chain::{self, Ends};
use kernel::TenantId;

/// Lines that go in one transaction.
const BATCH: i64 = 5000;
/// Tenants that are looked up at once.
const TENANTS: i64 = 100;

/// Drops lines that are older than `before`.
pub async fn trim(app: &App, before: DateTime<Utc>) -> Result<(), AuditError> {
    loop {
        let tenants = chain::outdated_for_any_tenant(&app.pool, before, TENANTS).await?;
        let mut dropped = false;
        for tenant in tenants {
            dropped |= some_of(app, tenant, before).await?;
        }
        // What is left is held by others, or was tampered with: the next hour looks again.
        if !dropped {
            return Ok(());
        }
    }
}

async fn some_of(app: &App, tenant: TenantId, before: DateTime<Utc>) -> Result<bool, AuditError> {
    let key = key(app).await?;
    let mut transaction = app.pool.begin().await?;
    let Some(ends) = chain::hold(&mut *transaction, tenant).await? else { return Ok(false) };
    if !key.holds_ends(tenant, &ends) {
        tracing::error!(%tenant, "the ends of an audit chain were changed by somebody without the key; nothing is dropped");
        return Ok(false);
    }
    let Some((seq, hash)) = chain::drop_oldest(&mut *transaction, tenant, before, BATCH).await? else {
        return Ok(false);
    };
    let ends = key.signed(tenant, Ends { first_seq: seq + 1, before_first: hash, ..ends });
    chain::set_ends(&mut *transaction, tenant, &ends).await?;
    transaction.commit().await?;
    Ok(true)
}
