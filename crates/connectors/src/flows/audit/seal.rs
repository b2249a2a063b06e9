//! What has been committed is chained, a moment later: a tenant's lines one behind the other, by one process at a time.

use super::{AuditError, key};
use crate::App;
use db::audit::chain::{self, Ends};
use kernel::TenantId;
use uuid::Uuid;

/// Lines that are chained in one transaction: some milliseconds of work.
const BATCH: i64 = 1000;
/// Tenants that are looked up at once.
const TENANTS: i64 = 100;

/// Chains some of each tenant's lines. Whether there may be more.
pub async fn pass(app: &App) -> Result<bool, AuditError> {
    let (mut from, mut is_more) = (TenantId::UNADDRESSED, false);
    let mut tampered = None;
    loop {
        let tenants = chain::unchained_for_any_tenant(&app.pool, from, TENANTS).await?;
        let Some(last) = tenants.last() else { break };
        from = behind(*last);
        for tenant in tenants {
            match some_of(app, tenant).await {
                Ok(is_full) => is_more |= is_full,
                // The others are chained all the same.
                Err(AuditError::Tampered) => tampered = Some(AuditError::Tampered),
                Err(error) => return Err(error),
            }
        }
    }
    tampered.map_or(Ok(is_more), Err)
}

/// Chains all that is there.
pub async fn seal_all(app: &App) -> Result<(), AuditError> {
    while pass(app).await? {}
    Ok(())
}

/// Whether there may be more of this tenant's.
pub(super) async fn some_of(app: &App, tenant: TenantId) -> Result<bool, AuditError> {
    let (key, now) = (key(app).await?, app.clock.now());
    let mut transaction = app.pool.begin().await?;
    chain::begin(&mut *transaction, tenant, &key.begin(tenant, now)).await?;
    // Somebody else is at it: they will see what is to be done.
    let Some(mut ends) = chain::hold(&mut *transaction, tenant).await? else { return Ok(false) };
    // To chain on would make what was changed look right.
    if !key.holds_ends(tenant, &ends) {
        return Err(AuditError::Tampered);
    }
    let lines = chain::unchained(&mut *transaction, tenant, BATCH).await?;
    let mut chained = Vec::with_capacity(lines.len());
    for line in &lines {
        let next = key.chained(ends.chain, (ends.last_seq + 1, &ends.last_hash), line);
        (ends.last_seq, ends.last_hash) = (next.seq, next.hash.clone());
        chained.push(next);
    }
    if chained.is_empty() {
        // Here and now: who holds the chain next would find it held still.
        transaction.rollback().await?;
        return Ok(false);
    }
    chain::chain(&mut *transaction, tenant, &chained).await?;
    let ends = key.signed(tenant, Ends { chained_at: now, ..ends });
    chain::set_ends(&mut *transaction, tenant, &ends).await?;
    transaction.commit().await?;
    Ok(i64::try_from(chained.len()).is_ok_and(|count| count == BATCH))
}

/// The id behind this one.
pub(super) fn behind(tenant: TenantId) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(tenant.as_uuid().as_u128().saturating_add(1)))
}
