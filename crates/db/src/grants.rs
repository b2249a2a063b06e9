//! Grants: sealed, versioned, and refreshed by one holder of the lease at a time.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{ConnectionId, GrantKey, GrantRole, TenantId};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;
use vault::Sealed;

/// A grant as stored.
#[derive(FromRow)]
pub struct Stored {
    pub sealed: Vec<u8>,
    pub expires_at: Option<DateTime<Utc>>,
    pub refresh_at: Option<DateTime<Utc>>,
    pub version: i64,
    /// Which client obtained it; `None`: a person pasted it.
    pub client_id: Option<String>,
    /// When the vendor gave it; `None`: before that was noted.
    pub obtained_at: Option<DateTime<Utc>>,
}

/// When a grant came, when it ends and when to renew it.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub obtained_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub refresh_at: Option<DateTime<Utc>>,
}

/// Writes the first grant of a connection, or the one that replaces whatever was there.
pub async fn put(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    grant: GrantKey,
    sealed: &Sealed,
    client_id: Option<&str>,
    times: Times,
) -> Result<(), Error> {
    sqlx::query(
        "insert into grants (tenant_id, connection_id, role, sealed, client_id, expires_at, refresh_at, obtained_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, connection_id, role) do update
         set sealed = excluded.sealed,
             client_id = excluded.client_id,
             expires_at = excluded.expires_at,
             refresh_at = excluded.refresh_at,
             obtained_at = excluded.obtained_at,
             version = grants.version + 1,
             lease_owner = null,
             lease_expires_at = null,
             refresh_attempts = 0,
             refresh_begun_at = null",
    )
    .bind(tenant.as_uuid())
    .bind(grant.connection.as_uuid())
    .bind(grant.role.word())
    .bind(sealed.as_bytes())
    .bind(client_id)
    .bind(times.expires_at)
    .bind(times.refresh_at)
    .bind(times.obtained_at)
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn find(executor: impl PgExecutor<'_>, tenant: TenantId, grant: GrantKey) -> Result<Option<Stored>, Error> {
    sqlx::query_as(
        "select sealed, expires_at, refresh_at, version, client_id, obtained_at from grants
         where tenant_id = $1 and connection_id = $2 and role = $3",
    )
    .bind(tenant.as_uuid())
    .bind(grant.connection.as_uuid())
    .bind(grant.role.word())
    .fetch_optional(executor)
    .await
}

/// The client that a grant was given to. `None`: it is not known, or there is no such grant.
pub async fn client(executor: impl PgExecutor<'_>, tenant: TenantId, grant: GrantKey) -> Result<Option<String>, Error> {
    let client: Option<Option<String>> =
        sqlx::query_scalar("select client_id from grants where tenant_id = $1 and connection_id = $2 and role = $3")
            .bind(tenant.as_uuid())
            .bind(grant.connection.as_uuid())
            .bind(grant.role.word())
            .fetch_optional(executor)
            .await?;
    Ok(client.flatten())
}

/// Which grants a connection has.
pub async fn roles(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Vec<GrantRole>, Error> {
    let words: Vec<String> =
        sqlx::query_scalar("select role from grants where tenant_id = $1 and connection_id = $2 order by role")
            .bind(tenant.as_uuid())
            .bind(connection.as_uuid())
            .fetch_all(executor)
            .await?;
    Ok(words.iter().filter_map(|word| GrantRole::of(word)).collect())
}

/// What is known about calls to the vendor with one version's refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// Calls begun whose answer nobody has, the one for which the lease was taken included.
    pub attempts: i16,
    /// How long ago an earlier call began after which the vendor may have replaced the token. `None`: there was none.
    pub in_doubt_for: Option<TimeDelta>,
}

/// Takes the right to refresh this version, unless somebody holds it, and notes in the same statement that the vendor is
/// about to be asked: a process that is killed now leaves the note behind. By the database's clock, which all replicas share.
pub async fn take_lease(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    grant: GrantKey,
    version: i64,
    owner: Uuid,
    length: TimeDelta,
) -> Result<Option<Intent>, Error> {
    let taken: Option<(i16, bool, f64)> = sqlx::query_as(
        "update grants
         set lease_owner = $5,
             lease_expires_at = clock_timestamp() + make_interval(secs => $6),
             refresh_attempts = least(refresh_attempts + 1, 100),
             refresh_begun_at = coalesce(refresh_begun_at, statement_timestamp())
         where tenant_id = $1
           and connection_id = $2
           and role = $3
           and version = $4
           and (lease_owner is null or lease_expires_at < clock_timestamp())
         returning refresh_attempts,
                   refresh_begun_at <> statement_timestamp(),
                   extract(epoch from clock_timestamp() - refresh_begun_at)::float8",
    )
    .bind(tenant.as_uuid())
    .bind(grant.connection.as_uuid())
    .bind(grant.role.word())
    .bind(version)
    .bind(owner)
    .bind(length.as_seconds_f64())
    .fetch_optional(executor)
    .await?;
    Ok(taken.map(|(attempts, in_doubt, seconds)| {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a grant's life fit")]
        let age = TimeDelta::milliseconds((seconds * 1000.0) as i64);
        Intent { attempts, in_doubt_for: in_doubt.then_some(age) }
    }))
}

/// Lengthens the lease of an owner who is still at it. `false`: it is not theirs any more.
pub async fn keep_lease(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    grant: GrantKey,
    owner: Uuid,
    length: TimeDelta,
) -> Result<bool, Error> {
    let kept = sqlx::query(
        "update grants
         set lease_expires_at = clock_timestamp() + make_interval(secs => $5)
         where tenant_id = $1 and connection_id = $2 and role = $3 and lease_owner = $4",
    )
    .bind(tenant.as_uuid())
    .bind(grant.connection.as_uuid())
    .bind(grant.role.word())
    .bind(owner)
    .bind(length.as_seconds_f64())
    .execute(executor)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Notes that the vendor is about to be asked once more under the same lease. `false`: the lease is not theirs any more.
pub async fn note_attempt(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    grant: GrantKey,
    owner: Uuid,
    attempts: i16,
) -> Result<bool, Error> {
    let noted = sqlx::query(
        "update grants
         set refresh_attempts = $5
         where tenant_id = $1 and connection_id = $2 and role = $3 and lease_owner = $4",
    )
    .bind(tenant.as_uuid())
    .bind(grant.connection.as_uuid())
    .bind(grant.role.word())
    .bind(owner)
    .bind(attempts)
    .execute(executor)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Replaces the version that was leased. `false`: somebody else has replaced it meanwhile, and theirs stays.
pub async fn replace(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    grant: GrantKey,
    version: i64,
    sealed: &Sealed,
    times: Times,
) -> Result<bool, Error> {
    let replaced = sqlx::query(
        "update grants
         set sealed = $5, expires_at = $6, refresh_at = $7, obtained_at = $8, version = version + 1, lease_owner = null,
             lease_expires_at = null, refresh_attempts = 0, refresh_begun_at = null
         where tenant_id = $1 and connection_id = $2 and role = $3 and version = $4",
    )
    .bind(tenant.as_uuid())
    .bind(grant.connection.as_uuid())
    .bind(grant.role.word())
    .bind(version)
    .bind(sealed.as_bytes())
    .bind(times.expires_at)
    .bind(times.refresh_at)
    .bind(times.obtained_at)
    .execute(executor)
    .await?;
    Ok(replaced.rows_affected() == 1)
}

/// What a failed refresh leaves of its intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub attempts: i16,
    pub in_doubt: bool,
}

impl Left {
    /// All is known: the stored token is the vendor's.
    pub const NOTHING: Self = Self { attempts: 0, in_doubt: false };
}

/// Gives the lease back after a failure, and says when the background may try again and what is left of the intent: how
/// many calls have no answer, and whether the vendor may have replaced the token.
pub async fn give_back(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    grant: GrantKey,
    owner: Uuid,
    refresh_at: Option<DateTime<Utc>>,
    left: Left,
) -> Result<(), Error> {
    sqlx::query(
        "update grants
         set lease_owner = null,
             lease_expires_at = null,
             refresh_at = $5,
             refresh_attempts = $6,
             refresh_begun_at = case when $7 then refresh_begun_at end
         where tenant_id = $1 and connection_id = $2 and role = $3 and lease_owner = $4",
    )
    .bind(tenant.as_uuid())
    .bind(grant.connection.as_uuid())
    .bind(grant.role.word())
    .bind(owner)
    .bind(refresh_at)
    .bind(left.attempts)
    .bind(left.in_doubt)
    .execute(executor)
    .await?;
    Ok(())
}

/// All grants of a connection.
pub async fn forget(executor: impl PgExecutor<'_>, tenant: TenantId, connection: ConnectionId) -> Result<(), Error> {
    sqlx::query("delete from grants where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// All grants of a connection but the first.
pub async fn forget_companions(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<(), Error> {
    sqlx::query("delete from grants where tenant_id = $1 and connection_id = $2 and role <> 'primary'")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// Grants whose time to be renewed has come, earliest first.
pub async fn due_for_any_tenant(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(TenantId, GrantKey)>, Error> {
    let rows: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
        "select tenant_id, connection_id, role from grants
         where refresh_at <= $1
         order by refresh_at
         limit $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    let key = |(tenant, connection, role): (Uuid, Uuid, String)| {
        let connection = ConnectionId::from_uuid(connection);
        Some((TenantId::from_uuid(tenant), GrantKey { connection, role: GrantRole::of(&role)? }))
    };
    Ok(rows.into_iter().filter_map(key).collect())
}

/// Stops the background from asking for this grant until it is replaced.
pub async fn rest(executor: impl PgExecutor<'_>, tenant: TenantId, grant: GrantKey) -> Result<(), Error> {
    sqlx::query("update grants set refresh_at = null where tenant_id = $1 and connection_id = $2 and role = $3")
        .bind(tenant.as_uuid())
        .bind(grant.connection.as_uuid())
        .bind(grant.role.word())
        .execute(executor)
        .await?;
    Ok(())
}
