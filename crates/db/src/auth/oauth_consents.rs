//! What people allow clients.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};
use uuid::Uuid;

/// Whose it is, for whom, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties<'a> {
    pub user: UserId,
    pub client: &'a str,
    pub resource: &'a str,
}

/// A consent as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: Uuid,
    pub client: String,
    /// What the client calls itself; may be empty.
    pub client_name: String,
    pub redirect_uris: Vec<String>,
    pub resource: String,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When a refresh token under it was last exchanged; `None`: there is none that lives.
    pub refreshed_at: Option<DateTime<Utc>>,
}

impl FromRow<'_, PgRow> for Listed {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            client: row.try_get("client_id")?,
            client_name: row.try_get("name")?,
            redirect_uris: row.try_get("redirect_uris")?,
            resource: row.try_get("resource")?,
            scopes: row.try_get("scopes")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            refreshed_at: row.try_get("refreshed_at")?,
        })
    }
}

/// Remembers that `scopes` are allowed, beside what was allowed before; names the consent.
pub async fn allow(
    executor: impl PgExecutor<'_>,
    parties: Parties<'_>,
    scopes: &[String],
    now: DateTime<Utc>,
) -> Result<Uuid> {
    sqlx::query_scalar(
        "insert into oauth_consents as o (id, user_id, client_id, resource, scopes, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (user_id, client_id, resource) do update
         set scopes = (select array_agg(distinct scope order by scope) from unnest(o.scopes || excluded.scopes) scope),
             updated_at = excluded.updated_at
         returning id",
    )
    .bind(Uuid::now_v7())
    .bind(parties.user.as_uuid())
    .bind(parties.client)
    .bind(parties.resource)
    .bind(scopes)
    .bind(now)
    .fetch_one(executor)
    .await
}

/// The consent that covers all of `scopes`, if there is one. It stays until the transaction ends, so that a code can be made
/// for it.
pub async fn covering(executor: impl PgExecutor<'_>, parties: Parties<'_>, scopes: &[String]) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id
         from oauth_consents
         where user_id = $1
           and client_id = $2
           and resource = $3
           and scopes @> $4
         for key share",
    )
    .bind(parties.user.as_uuid())
    .bind(parties.client)
    .bind(parties.resource)
    .bind(scopes)
    .fetch_optional(executor)
    .await
}

/// Everything a person allows, the newest first.
pub async fn of(executor: impl PgExecutor<'_>, user: UserId, now: DateTime<Utc>) -> Result<Vec<Listed>> {
    sqlx::query_as(
        "select o.id, o.client_id, c.name, c.redirect_uris, o.resource, o.scopes, o.created_at, o.updated_at,
                (select max(f.rotated_at)
                 from oauth_refresh_families f
                 where f.consent_id = o.id
                   and f.expires_at > $2) as refreshed_at
         from oauth_consents o
         join oauth_clients c on c.id = o.client_id
         where o.user_id = $1
         order by o.updated_at desc, o.id desc",
    )
    .bind(user.as_uuid())
    .bind(now)
    .fetch_all(executor)
    .await
}

/// Takes one consent of a person back, with everything that was given under it; says which client it was for.
pub async fn delete_of(executor: impl PgExecutor<'_>, user: UserId, id: Uuid) -> Result<Option<String>> {
    sqlx::query_scalar("delete from oauth_consents where user_id = $1 and id = $2 returning client_id")
        .bind(user.as_uuid())
        .bind(id)
        .fetch_optional(executor)
        .await
}

/// Takes all consents of a person back.
pub async fn delete_all_of(executor: impl PgExecutor<'_>, user: UserId) -> Result<()> {
    sqlx::query("delete from oauth_consents where user_id = $1").bind(user.as_uuid()).execute(executor).await?;
    Ok(())
}

/// Forgets the consents that were not renewed since `before` and under which no refresh token lives; says how many.
pub async fn delete_stale(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query(
        "delete from oauth_consents o
         where o.updated_at <= $1
           and not exists (select from oauth_refresh_families f where f.consent_id = o.id)",
    )
    .bind(before)
    .execute(executor)
    .await?;
    Ok(deleted.rows_affected())
}
