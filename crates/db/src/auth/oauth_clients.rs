//! Programs that may ask people to act for them.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, Result, Row, postgres::PgRow};

/// How a client became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It registered itself.
    Registered,
    /// Its id is the URL of a document that describes it.
    Document,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Registered, Self::Document];

    const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Document => "document",
        }
    }
}

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// It cannot keep a secret.
    None,
    Basic,
    Post,
}

impl AuthMethod {
    pub const ALL: [Self; 3] = [Self::None, Self::Basic, Self::Post];

    /// As RFC 7591 calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// A client, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: String,
    pub kind: Kind,
    /// What it calls itself; may be empty.
    pub name: String,
    pub redirect_uris: Vec<String>,
    pub refreshes: bool,
    pub auth_method: AuthMethod,
    pub secret_hash: Option<[u8; 32]>,
    pub created_at: DateTime<Utc>,
    /// When its document was read.
    pub read_at: Option<DateTime<Utc>>,
}

impl FromRow<'_, PgRow> for Client {
    fn from_row(row: &PgRow) -> Result<Self> {
        let unknown = |what: &str| sqlx::Error::Decode(format!("unknown {what} of a client").into());
        let (kind, method): (String, String) = (row.try_get("kind")?, row.try_get("auth_method")?);
        let secret_hash: Option<Vec<u8>> = row.try_get("secret_hash")?;
        Ok(Self {
            id: row.try_get("id")?,
            kind: Kind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(|| unknown("kind"))?,
            name: row.try_get("name")?,
            redirect_uris: row.try_get("redirect_uris")?,
            refreshes: row.try_get("refreshes")?,
            auth_method: AuthMethod::named(&method).ok_or_else(|| unknown("method"))?,
            secret_hash: secret_hash.map(TryInto::try_into).transpose().map_err(|_| unknown("secret"))?,
            created_at: row.try_get("created_at")?,
            read_at: row.try_get("read_at")?,
        })
    }
}

/// Stores a client, or what its document says now.
pub async fn save(executor: impl PgExecutor<'_>, client: &Client) -> Result<()> {
    sqlx::query(
        "insert into oauth_clients
             (id, kind, name, redirect_uris, refreshes, auth_method, secret_hash, created_at, read_at, used_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)
         on conflict (id) do update
         set name = excluded.name,
             redirect_uris = excluded.redirect_uris,
             refreshes = excluded.refreshes,
             read_at = excluded.read_at
         where oauth_clients.kind = 'document'",
    )
    .bind(&client.id)
    .bind(client.kind.name())
    .bind(&client.name)
    .bind(&client.redirect_uris)
    .bind(client.refreshes)
    .bind(client.auth_method.name())
    .bind(client.secret_hash.as_ref().map(<[u8; 32]>::as_slice))
    .bind(client.created_at)
    .bind(client.read_at)
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn by_id(executor: impl PgExecutor<'_>, id: &str) -> Result<Option<Client>> {
    sqlx::query_as(
        "select id, kind, name, redirect_uris, refreshes, auth_method, secret_hash, created_at, read_at
         from oauth_clients
         where id = $1",
    )
    .bind(id)
    .fetch_optional(executor)
    .await
}

/// Notes that somebody has allowed it something.
pub async fn touch(executor: impl PgExecutor<'_>, id: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("update oauth_clients set used_at = $2 where id = $1").bind(id).bind(now).execute(executor).await?;
    Ok(())
}

/// Forgets the clients that nobody allows anything and nobody has since `before`; says how many.
pub async fn delete_unused(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query(
        "delete from oauth_clients c
         where c.used_at <= $1
           and not exists (select from oauth_consents o where o.client_id = c.id)",
    )
    .bind(before)
    .execute(executor)
    .await?;
    Ok(deleted.rows_affected())
}
