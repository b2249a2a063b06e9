//! The ways a person can sign in.

use super::users::User;
use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{AssertSqlSafe, FromRow, PgExecutor, Result, Row, postgres::PgRow};
use uuid::Uuid;
use vault::Sealed;

/// A way to sign in, as stored, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: Uuid,
    pub user: UserId,
    /// `credential`, or the id of a social provider.
    pub provider: String,
    /// The provider's id of the account; for a credential the person's own.
    pub account_id: String,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for Account {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            id: row.try_get("account_row_id")?,
            user: UserId::from_uuid(row.try_get("user_id")?),
            provider: row.try_get("provider_id")?,
            account_id: row.try_get("account_id")?,
            scopes: row.try_get::<Option<_>, _>("scopes")?.unwrap_or_default(),
            created_at: row.try_get("account_created_at")?,
            updated_at: row.try_get("account_updated_at")?,
        })
    }
}

/// A social provider's tokens, each sealed on its own.
pub struct Tokens {
    pub access: Option<Sealed>,
    pub refresh: Option<Sealed>,
    pub id: Option<Sealed>,
    pub access_expires_at: Option<DateTime<Utc>>,
    pub refresh_expires_at: Option<DateTime<Utc>>,
}

impl FromRow<'_, PgRow> for Tokens {
    fn from_row(row: &PgRow) -> Result<Self> {
        let sealed = |column: &str| {
            row.try_get::<Option<Vec<u8>>, _>(column)?
                .map(|bytes| Sealed::from_bytes(bytes).map_err(|error| sqlx::Error::Decode(error.into())))
                .transpose()
        };
        Ok(Self {
            access: sealed("access_token")?,
            refresh: sealed("refresh_token")?,
            id: sealed("id_token")?,
            access_expires_at: row.try_get("access_token_expires_at")?,
            refresh_expires_at: row.try_get("refresh_token_expires_at")?,
        })
    }
}

const COLUMNS: &str = "a.id as account_row_id, a.user_id, a.provider_id, a.account_id, a.scopes,
                       a.created_at as account_created_at, a.updated_at as account_updated_at";

/// Gives a person a password. `hash` is in the PHC format.
pub async fn create_credential(
    executor: impl PgExecutor<'_>,
    user: UserId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into accounts (id, user_id, provider_id, account_id, password_hash, created_at, updated_at)
         values ($1, $2, 'credential', $3, $4, $5, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(user.as_uuid())
    .bind(user.simple())
    .bind(hash)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// A person's accounts, the oldest first.
pub async fn of(executor: impl PgExecutor<'_>, user: UserId) -> Result<Vec<Account>> {
    let query = format!("select {COLUMNS} from accounts a where a.user_id = $1 order by a.created_at, a.id");
    sqlx::query_as(AssertSqlSafe(query)).bind(user.as_uuid()).fetch_all(executor).await
}

/// One account of a person with its tokens.
pub async fn with_tokens(executor: impl PgExecutor<'_>, user: UserId, id: Uuid) -> Result<Option<(Account, Tokens)>> {
    let query = format!(
        "select {COLUMNS}, a.access_token, a.refresh_token, a.id_token, a.access_token_expires_at,
                a.refresh_token_expires_at
         from accounts a
         where a.user_id = $1
           and a.id = $2"
    );
    let row = sqlx::query(AssertSqlSafe(query)).bind(user.as_uuid()).bind(id).fetch_optional(executor).await?;
    row.map(|row| Ok((Account::from_row(&row)?, Tokens::from_row(&row)?))).transpose()
}

/// The account at a provider, and whose it is.
pub async fn owned_by(
    executor: impl PgExecutor<'_>,
    provider: &str,
    account_id: &str,
) -> Result<Option<(Account, User)>> {
    let query = format!(
        "select {COLUMNS}, u.name, u.email, u.email_verified, u.image,
                u.created_at as user_created_at, u.updated_at as user_updated_at
         from accounts a
         join users u on u.id = a.user_id
         where a.provider_id = $1
           and a.account_id = $2"
    );
    let row = sqlx::query(AssertSqlSafe(query)).bind(provider).bind(account_id).fetch_optional(executor).await?;
    row.map(|row| Ok((Account::from_row(&row)?, User::from_row(&row)?))).transpose()
}

/// Adds a social account; false when the account belongs to somebody already.
pub async fn create_social(executor: impl PgExecutor<'_>, account: &Account, tokens: &Tokens) -> Result<bool> {
    let created = sqlx::query(
        "insert into accounts
             (id, user_id, provider_id, account_id, scopes, access_token, refresh_token, id_token,
              access_token_expires_at, refresh_token_expires_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (provider_id, account_id) do nothing",
    )
    .bind(account.id)
    .bind(account.user.as_uuid())
    .bind(&account.provider)
    .bind(&account.account_id)
    .bind(&account.scopes)
    .bind(tokens.access.as_ref().map(Sealed::as_bytes))
    .bind(tokens.refresh.as_ref().map(Sealed::as_bytes))
    .bind(tokens.id.as_ref().map(Sealed::as_bytes))
    .bind(tokens.access_expires_at)
    .bind(tokens.refresh_expires_at)
    .bind(account.created_at)
    .bind(account.updated_at)
    .execute(executor)
    .await?;
    Ok(created.rows_affected() == 1)
}

/// Replaces the tokens of a social account; what the provider did not give anew stays. Ends a lease.
pub async fn store_tokens(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    tokens: &Tokens,
    scopes: &[String],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "update accounts
         set access_token = $2,
             refresh_token = coalesce($3, refresh_token),
             id_token = coalesce($4, id_token),
             access_token_expires_at = $5,
             refresh_token_expires_at = coalesce($6, refresh_token_expires_at),
             scopes = $7,
             refresh_lease = null,
             refresh_lease_expires_at = null,
             updated_at = $8
         where id = $1",
    )
    .bind(id)
    .bind(tokens.access.as_ref().map(Sealed::as_bytes))
    .bind(tokens.refresh.as_ref().map(Sealed::as_bytes))
    .bind(tokens.id.as_ref().map(Sealed::as_bytes))
    .bind(tokens.access_expires_at)
    .bind(tokens.refresh_expires_at)
    .bind(scopes)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes the right to refresh an account's tokens; false while somebody else has it.
pub async fn lease(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    lease: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool> {
    let leased = sqlx::query(
        "update accounts
         set refresh_lease = $2, refresh_lease_expires_at = $4
         where id = $1
           and (refresh_lease is null or refresh_lease_expires_at <= $3)",
    )
    .bind(id)
    .bind(lease)
    .bind(now)
    .bind(until)
    .execute(executor)
    .await?;
    Ok(leased.rows_affected() == 1)
}

/// Gives the right back after a refresh that failed.
pub async fn release(executor: impl PgExecutor<'_>, id: Uuid, lease: Uuid) -> Result<()> {
    sqlx::query(
        "update accounts
         set refresh_lease = null, refresh_lease_expires_at = null
         where id = $1
           and refresh_lease = $2",
    )
    .bind(id)
    .bind(lease)
    .execute(executor)
    .await?;
    Ok(())
}

/// The password hash of a person, if they have one.
pub async fn password_hash(executor: impl PgExecutor<'_>, user: UserId) -> Result<Option<String>> {
    let hash: Option<Option<String>> =
        sqlx::query_scalar("select password_hash from accounts where user_id = $1 and provider_id = 'credential'")
            .bind(user.as_uuid())
            .fetch_optional(executor)
            .await?;
    Ok(hash.flatten())
}

/// Replaces a password, or gives the person their first one.
pub async fn set_password(executor: impl PgExecutor<'_>, user: UserId, hash: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into accounts (id, user_id, provider_id, account_id, password_hash, created_at, updated_at)
         values ($1, $2, 'credential', $3, $4, $5, $5)
         on conflict (provider_id, account_id)
         do update set password_hash = excluded.password_hash, updated_at = excluded.updated_at",
    )
    .bind(Uuid::now_v7())
    .bind(user.as_uuid())
    .bind(user.simple())
    .bind(hash)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes an account of a person away. The caller holds the person's row ([`super::users::lock`]) and has counted.
pub async fn delete(executor: impl PgExecutor<'_>, user: UserId, id: Uuid) -> Result<()> {
    sqlx::query("delete from accounts where user_id = $1 and id = $2")
        .bind(user.as_uuid())
        .bind(id)
        .execute(executor)
        .await?;
    Ok(())
}

/// Replaces a person's password hash, provided that it still is `old`; says whether it was.
pub async fn replace_password_hash(
    executor: impl PgExecutor<'_>,
    user: UserId,
    old: &str,
    new: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let replaced = sqlx::query(
        "update accounts
         set password_hash = $3, updated_at = $4
         where user_id = $1
           and provider_id = 'credential'
           and password_hash = $2",
    )
    .bind(user.as_uuid())
    .bind(old)
    .bind(new)
    .bind(now)
    .execute(executor)
    .await?;
    Ok(replaced.rows_affected() == 1)
}

/// How many people have which kind of password hash: the parameters of an Argon2id hash (`m=…,t=…,p=…`), or `scrypt`. Reads
/// every account; for once an hour.
pub async fn password_kinds(executor: impl PgExecutor<'_>) -> Result<Vec<(String, u64)>> {
    let rows = sqlx::query(
        "select case
                    when password_hash like '$argon2id$v=19$%' then split_part(password_hash, '$', 4)
                    else 'scrypt'
                end as kind,
                count(*) as people
         from accounts
         where provider_id = 'credential'
           and password_hash is not null
         group by kind
         order by kind",
    )
    .fetch_all(executor)
    .await?;
    let read = |row: PgRow| {
        let people: i64 = row.try_get("people")?;
        Ok((row.try_get("kind")?, u64::try_from(people).unwrap_or(0)))
    };
    rows.into_iter().map(read).collect()
}
