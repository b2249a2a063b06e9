//! Rows that come from elsewhere: many at once, each only where it is not there yet.

use super::{sessions::Session, users::User};
use chrono::{DateTime, Utc};
use kernel::UserId;
use sqlx::{PgExecutor, Result};
use uuid::Uuid;
use vault::Sealed;

/// A person, and the id they had where they come from, unless that was their UUID.
pub struct ImportedUser {
    pub user: User,
    pub imported_id: Option<String>,
    /// By the clock of where they come from.
    pub imported_at: DateTime<Utc>,
}

/// A password or a linked account. The tokens are sealed for this row's id.
pub struct ImportedAccount {
    pub id: Uuid,
    pub user: UserId,
    pub provider_id: String,
    pub account_id: String,
    pub password_hash: Option<String>,
    pub access_token: Option<Sealed>,
    pub refresh_token: Option<Sealed>,
    pub id_token: Option<Sealed>,
    pub access_token_expires_at: Option<DateTime<Utc>>,
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    pub scopes: Option<Vec<String>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which of these people exist, and until when their rows were imported; `None` for those who did not come that way.
pub async fn existing_users(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<(Uuid, Option<DateTime<Utc>>)>> {
    sqlx::query_as("select id, imported_at from users where id = any($1)").bind(ids).fetch_all(executor).await
}

/// Which of these rows exist in `accounts`.
pub async fn existing_accounts(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from accounts where id = any($1)").bind(ids).fetch_all(executor).await
}

/// Which of these rows exist in `sessions`.
pub async fn existing_sessions(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from sessions where id = any($1)").bind(ids).fetch_all(executor).await
}

/// Notes until when the rows of these people are imported.
pub async fn mark_imported(executor: impl PgExecutor<'_>, users: &[Uuid], until: DateTime<Utc>) -> Result<()> {
    sqlx::query("update users set imported_at = $2 where id = any($1)")
        .bind(users)
        .bind(until)
        .execute(executor)
        .await?;
    Ok(())
}

/// Adds people whose id and address are free; returns the ids of those who were added.
pub async fn add_users(executor: impl PgExecutor<'_>, users: &[ImportedUser]) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "insert into users (id, name, email, email_verified, image, created_at, updated_at, imported_id, imported_at)
         select *
         from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::text[], $6::timestamptz[],
                     $7::timestamptz[], $8::text[], $9::timestamptz[])
         on conflict do nothing
         returning id",
    )
    .bind(users.iter().map(|row| row.user.id.as_uuid()).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.user.name.as_str()).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.user.email.as_str()).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.user.email_verified).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.user.image.as_deref()).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.user.created_at).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.user.updated_at).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.imported_id.as_deref()).collect::<Vec<_>>())
    .bind(users.iter().map(|row| row.imported_at).collect::<Vec<_>>())
    .fetch_all(executor)
    .await
}

/// Adds accounts that nobody has; returns the ids of the rows that were added.
pub async fn add_accounts(executor: impl PgExecutor<'_>, accounts: &[ImportedAccount]) -> Result<Vec<Uuid>> {
    let sealed = |read: fn(&ImportedAccount) -> Option<&Sealed>| -> Vec<_> {
        accounts.iter().map(|row| read(row).map(Sealed::as_bytes)).collect()
    };
    // Arrays of arrays must be rectangular in Postgres: scopes travel as texts and are split there.
    let scopes = |row: &ImportedAccount| row.scopes.as_ref().map(|scopes| scopes.join(" "));
    sqlx::query_scalar(
        "insert into accounts
             (id, user_id, provider_id, account_id, password_hash, access_token, refresh_token, id_token,
              access_token_expires_at, refresh_token_expires_at, scopes, created_at, updated_at)
         select id, user_id, provider_id, account_id, password_hash, access_token, refresh_token, id_token,
                access_token_expires_at, refresh_token_expires_at, string_to_array(scopes, ' '), created_at, updated_at
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[],
                     $9::timestamptz[], $10::timestamptz[], $11::text[], $12::timestamptz[], $13::timestamptz[])
              as rows (id, user_id, provider_id, account_id, password_hash, access_token, refresh_token, id_token,
                       access_token_expires_at, refresh_token_expires_at, scopes, created_at, updated_at)
         on conflict do nothing
         returning id",
    )
    .bind(accounts.iter().map(|row| row.id).collect::<Vec<_>>())
    .bind(accounts.iter().map(|row| row.user.as_uuid()).collect::<Vec<_>>())
    .bind(accounts.iter().map(|row| row.provider_id.as_str()).collect::<Vec<_>>())
    .bind(accounts.iter().map(|row| row.account_id.as_str()).collect::<Vec<_>>())
    .bind(accounts.iter().map(|row| row.password_hash.as_deref()).collect::<Vec<_>>())
    .bind(sealed(|row| row.access_token.as_ref()))
    .bind(sealed(|row| row.refresh_token.as_ref()))
    .bind(sealed(|row| row.id_token.as_ref()))
    .bind(accounts.iter().map(|row| row.access_token_expires_at).collect::<Vec<_>>())
    .bind(accounts.iter().map(|row| row.refresh_token_expires_at).collect::<Vec<_>>())
    .bind(accounts.iter().map(scopes).collect::<Vec<_>>())
    .bind(accounts.iter().map(|row| row.created_at).collect::<Vec<_>>())
    .bind(accounts.iter().map(|row| row.updated_at).collect::<Vec<_>>())
    .fetch_all(executor)
    .await
}

/// Adds sessions whose id and token are free; returns the ids of those that were added.
pub async fn add_sessions(executor: impl PgExecutor<'_>, sessions: &[(Session, [u8; 32])]) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "insert into sessions
             (id, token_hash, user_id, expires_at, remember, ip_address, user_agent, created_at, updated_at)
         select *
         from unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::timestamptz[], $5::bool[], $6::text[], $7::text[],
                     $8::timestamptz[], $9::timestamptz[])
         on conflict do nothing
         returning id",
    )
    .bind(sessions.iter().map(|(session, _)| session.id).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(_, hash)| hash.as_slice()).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(session, _)| session.user.as_uuid()).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(session, _)| session.expires_at).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(session, _)| session.remember).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(session, _)| session.ip_address.as_str()).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(session, _)| session.user_agent.as_str()).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(session, _)| session.created_at).collect::<Vec<_>>())
    .bind(sessions.iter().map(|(session, _)| session.updated_at).collect::<Vec<_>>())
    .fetch_all(executor)
    .await
}
