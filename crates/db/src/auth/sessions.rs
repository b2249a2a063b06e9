//! Signed-in browsers, found by the digest of their token.

use super::users::User;
use crate::gather::{self, Question};
use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{FromRow, PgConnection, PgExecutor, Result, Row, postgres::PgRow};
use uuid::Uuid;

/// A session, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    pub user: UserId,
    pub expires_at: DateTime<Utc>,
    /// Whether it is renewed while it is used.
    pub remember: bool,
    /// Empty where no trusted proxy named one.
    pub ip_address: String,
    pub user_agent: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for Session {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Self {
            id: row.try_get("session_id")?,
            user: UserId::from_uuid(row.try_get("user_id")?),
            expires_at: row.try_get("expires_at")?,
            remember: row.try_get("remember")?,
            ip_address: row.try_get("ip_address")?,
            user_agent: row.try_get("user_agent")?,
            created_at: row.try_get("session_created_at")?,
            updated_at: row.try_get("session_updated_at")?,
        })
    }
}

/// Stores a session under the SHA-256 of its token.
pub async fn create(executor: impl PgExecutor<'_>, session: &Session, token_hash: &[u8; 32]) -> Result<()> {
    sqlx::query(
        "insert into sessions
             (id, token_hash, user_id, expires_at, remember, ip_address, user_agent, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(session.id)
    .bind(token_hash.as_slice())
    .bind(session.user.as_uuid())
    .bind(session.expires_at)
    .bind(session.remember)
    .bind(&session.ip_address)
    .bind(&session.user_agent)
    .bind(session.created_at)
    .bind(session.updated_at)
    .execute(executor)
    .await?;
    Ok(())
}

/// The session of a token, expired or not, with its person: asked by the SHA-256 of the token.
#[derive(Debug, Clone, Copy)]
pub struct OfToken(pub [u8; 32]);

impl Question for OfToken {
    type Answer = Option<(Session, User)>;

    async fn answer(connection: &mut PgConnection, questions: &[Self]) -> Result<Vec<Self::Answer>> {
        let hashes: Vec<&[u8]> = questions.iter().map(|one| one.0.as_slice()).collect();
        let rows = sqlx::query(
            "select s.id as session_id, s.expires_at, s.remember, s.ip_address, s.user_agent,
                    s.created_at as session_created_at, s.updated_at as session_updated_at,
                    u.id as user_id, u.name, u.email, u.email_verified, u.image,
                    u.created_at as user_created_at, u.updated_at as user_updated_at, asked.place
             from unnest($1::bytea[]) with ordinality as asked (token_hash, place)
             join sessions s on s.token_hash = asked.token_hash
             join users u on u.id = s.user_id",
        )
        .bind(hashes)
        .fetch_all(connection)
        .await?;
        let read = |row: &PgRow| Ok((Session::from_row(row)?, User::from_row(row)?));
        let answers = gather::placed(&rows, questions.len(), read)?;
        Ok(answers.into_iter().map(|mut found| found.pop()).collect())
    }
}

/// Lets a session live until `expires_at`.
pub async fn renew(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("update sessions set expires_at = $2, updated_at = $3 where id = $1")
        .bind(id)
        .bind(expires_at)
        .bind(now)
        .execute(executor)
        .await?;
    Ok(())
}

/// The live sessions of a person, the newest first.
pub async fn live_of(executor: impl PgExecutor<'_>, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>> {
    sqlx::query_as(
        "select id as session_id, user_id, expires_at, remember, ip_address, user_agent,
                created_at as session_created_at, updated_at as session_updated_at
         from sessions
         where user_id = $1
           and expires_at > $2
         order by created_at desc, id desc",
    )
    .bind(user.as_uuid())
    .bind(now)
    .fetch_all(executor)
    .await
}

/// Ends one session of a person, named by its id or by the digest of its token.
pub async fn delete_of(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: Option<Uuid>,
    token_hash: &[u8; 32],
) -> Result<()> {
    sqlx::query("delete from sessions where user_id = $1 and (id = $2 or token_hash = $3)")
        .bind(user.as_uuid())
        .bind(id)
        .bind(token_hash.as_slice())
        .execute(executor)
        .await?;
    Ok(())
}

/// Ends every session of a person, but for `kept`.
pub async fn delete_all_of(executor: impl PgExecutor<'_>, user: UserId, kept: Option<Uuid>) -> Result<()> {
    sqlx::query("delete from sessions where user_id = $1 and id is distinct from $2")
        .bind(user.as_uuid())
        .bind(kept)
        .execute(executor)
        .await?;
    Ok(())
}

/// The person of a live session.
pub async fn user_of(executor: impl PgExecutor<'_>, id: Uuid, now: DateTime<Utc>) -> Result<Option<User>> {
    sqlx::query_as(
        "select u.id as user_id, u.name, u.email, u.email_verified, u.image,
                u.created_at as user_created_at, u.updated_at as user_updated_at
         from sessions s
         join users u on u.id = s.user_id
         where s.id = $1
           and s.expires_at > $2",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(executor)
    .await
}

/// Whether a session is still there. If it is, it stays until the transaction ends: who signs the person out everywhere comes
/// after what is done in it, and finds it done.
pub async fn hold(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let found: Option<Uuid> = sqlx::query_scalar("select id from sessions where id = $1 for key share")
        .bind(id)
        .fetch_optional(executor)
        .await?;
    Ok(found.is_some())
}

/// Ends the session of a token, if there is one.
pub async fn delete_by_token(executor: impl PgExecutor<'_>, token_hash: &[u8; 32]) -> Result<()> {
    sqlx::query("delete from sessions where token_hash = $1").bind(token_hash.as_slice()).execute(executor).await?;
    Ok(())
}

/// Forgets the sessions that expired before `now`; says how many.
pub async fn delete_expired(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query("delete from sessions where expires_at <= $1").bind(now).execute(executor).await?;
    Ok(deleted.rows_affected())
}
