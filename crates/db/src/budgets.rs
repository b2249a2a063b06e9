//! Until when vendors want to hear nothing more, of those whose requests they count together.

use chrono::{DateTime, Utc};
use kernel::TenantId;
use sqlx::{Error, FromRow, PgExecutor};

/// Whose budget: of the tenant whose client it is, at a provider.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// [`TenantId::UNADDRESSED`] for the operator's client.
    pub tenant: TenantId,
    pub provider: &'a str,
}

/// When calls may go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Rest {
    /// Nobody calls before.
    pub paused_until: Option<DateTime<Utc>>,
    /// What runs by itself does not call before.
    pub spared_until: Option<DateTime<Utc>>,
}

/// The longest rest of any of these pools that is not over.
pub async fn rest(
    executor: impl PgExecutor<'_>,
    of: Of<'_>,
    pools: &[&[u8]],
    now: DateTime<Utc>,
) -> Result<Rest, Error> {
    sqlx::query_as(
        "select max(paused_until) filter (where paused_until > $4) as paused_until,
                max(spared_until) filter (where spared_until > $4) as spared_until
         from budgets
         where tenant_id = $1
           and provider = $2
           and pool = any($3)",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.provider)
    .bind(pools)
    .bind(now)
    .fetch_one(executor)
    .await
}

/// Makes a pool rest for at least as long as this. A rest that is noted already is not written again.
pub async fn note(executor: impl PgExecutor<'_>, of: Of<'_>, pool: &[u8], rest: Rest) -> Result<(), Error> {
    sqlx::query(
        "insert into budgets as b (tenant_id, provider, pool, paused_until, spared_until)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, provider, pool) do update
         set paused_until = greatest(b.paused_until, excluded.paused_until),
             spared_until = greatest(b.spared_until, excluded.spared_until)
         where excluded.paused_until > coalesce(b.paused_until, '-infinity')
            or excluded.spared_until > coalesce(b.spared_until, '-infinity')",
    )
    .bind(of.tenant.as_uuid())
    .bind(of.provider)
    .bind(pool)
    .bind(rest.paused_until)
    .bind(rest.spared_until)
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes away what is over.
pub async fn sweep(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64, Error> {
    let done = sqlx::query("delete from budgets where greatest(paused_until, spared_until) < $1")
        .bind(now)
        .execute(executor)
        .await?;
    Ok(done.rows_affected())
}
