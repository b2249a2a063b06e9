//! Connections.

mod named;

pub use named::{Named, Naming, named_for_any_tenant};

use crate::{
    gather::{self, Question},
    grants::Stored,
};
use chrono::{DateTime, Utc};
use kernel::{
    Connection, ConnectionId, ConnectionKind, Cursor, GrantRole, Page, PageSize, Parameters, Status, TenantId, UserId,
};
use sqlx::{Error, FromRow, PgConnection, PgExecutor, Postgres, QueryBuilder, Row as _, postgres::PgRow, types::Json};
use uuid::Uuid;

#[derive(FromRow)]
struct Row {
    tenant_id: Uuid,
    id: Uuid,
    provider: String,
    kind: String,
    account_id: String,
    org_id: Option<String>,
    display_name: String,
    label: Option<String>,
    status_detail: Json<Status>,
    scopes: Vec<String>,
    requested_scopes: Option<Vec<String>>,
    parameters: Json<Parameters>,
    reauth_due_at: Option<DateTime<Utc>>,
    owner_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The database's word for a kind, read back. The column's check keeps it to two.
pub fn kind_of(word: &str) -> ConnectionKind {
    if word == ConnectionKind::Installation.word() { ConnectionKind::Installation } else { ConnectionKind::Account }
}

impl From<Row> for Connection {
    fn from(row: Row) -> Self {
        Self {
            tenant: TenantId::from_uuid(row.tenant_id),
            id: ConnectionId::from_uuid(row.id),
            kind: kind_of(&row.kind),
            provider: row.provider,
            account_id: row.account_id,
            org_id: row.org_id,
            display_name: row.display_name,
            label: row.label,
            status: row.status_detail.0,
            scopes: row.scopes,
            requested_scopes: row.requested_scopes,
            parameters: row.parameters.0,
            reauth_due_at: row.reauth_due_at,
            owner: row.owner_id.map(UserId::from_uuid),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Writes a connection that has just been made or made again; the id is the stored one, which for an account that was
/// connected before is the old one.
pub async fn upsert(executor: impl PgExecutor<'_>, connection: &Connection) -> Result<ConnectionId, Error> {
    let id = sqlx::query_scalar(
        "insert into connections
           (tenant_id, id, provider, kind, account_id, org_id, display_name, label, status, status_detail, scopes, owner_id,
            created_at, updated_at, consented_at, parameters, reauth_due_at, requested_scopes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $13, $14, $15, $16)
         on conflict (tenant_id, provider, kind, account_id) do update
         set org_id = excluded.org_id,
             display_name = excluded.display_name,
             label = coalesce(excluded.label, connections.label),
             status = excluded.status,
             status_detail = excluded.status_detail,
             scopes = excluded.scopes,
             owner_id = excluded.owner_id,
             parameters = excluded.parameters,
             reauth_due_at = excluded.reauth_due_at,
             requested_scopes = excluded.requested_scopes,
             updated_at = excluded.updated_at,
             consented_at = excluded.consented_at
         returning id",
    )
    .bind(connection.tenant.as_uuid())
    .bind(connection.id.as_uuid())
    .bind(&connection.provider)
    .bind(connection.kind.word())
    .bind(&connection.account_id)
    .bind(&connection.org_id)
    .bind(&connection.display_name)
    .bind(&connection.label)
    .bind(connection.status.word())
    .bind(Json(&connection.status))
    .bind(&connection.scopes)
    .bind(connection.owner.map(|owner| owner.as_uuid()))
    .bind(connection.created_at)
    .bind(Json(&connection.parameters))
    .bind(connection.reauth_due_at)
    .bind(&connection.requested_scopes)
    .fetch_one(executor)
    .await?;
    Ok(ConnectionId::from_uuid(id))
}

pub async fn find(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: ConnectionId,
) -> Result<Option<Connection>, Error> {
    let row: Option<Row> = sqlx::query_as("select * from connections where tenant_id = $1 and id = $2")
        .bind(tenant.as_uuid())
        .bind(id.as_uuid())
        .fetch_optional(executor)
        .await?;
    Ok(row.map(Into::into))
}

/// The same, holding the row until the transaction ends, so that two changes of status follow one another.
pub async fn find_and_hold(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: ConnectionId,
) -> Result<Option<Connection>, Error> {
    let row: Option<Row> = sqlx::query_as("select * from connections where tenant_id = $1 and id = $2 for update")
        .bind(tenant.as_uuid())
        .bind(id.as_uuid())
        .fetch_optional(executor)
        .await?;
    Ok(row.map(Into::into))
}

/// Whether it was consented to, for the first time or once more, after `at`. To be asked of a row that is held.
pub async fn is_consented_after(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: ConnectionId,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    sqlx::query_scalar(
        "select exists (
           select 1 from connections where tenant_id = $1 and id = $2 and coalesce(consented_at, created_at) > $3)",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(at)
    .fetch_one(executor)
    .await
}

/// Keeps the row from going or ending until the transaction does, for whoever writes rows that belong to it. Taken before
/// those, as everybody does who holds both. `false`: there is none.
pub async fn hold_against_its_end(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: ConnectionId,
) -> Result<bool, Error> {
    let held: Option<i32> = sqlx::query_scalar(
        "select 1 from connections where tenant_id = $1 and id = $2 and status <> 'revoked' for key share",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .fetch_optional(executor)
    .await?;
    Ok(held.is_some())
}

/// Which of a tenant's connections to list.
#[derive(Default)]
pub struct Filter {
    /// This one, whether it has ended or not.
    pub id: Option<ConnectionId>,
    pub provider: Option<String>,
    /// Only of these; `None`: of all.
    pub providers: Option<Vec<String>>,
    /// Absent: every one that has not ended.
    pub status: Option<String>,
    /// The account's organisation or workspace at the vendor, or one of the places that its grant opens.
    pub org_id: Option<String>,
    /// Only those that stand for an organisation: an installation, a workspace, sites.
    pub of_organizations: bool,
    /// Only what this member may see: theirs, and what the whole tenant shares.
    pub seen_by: Option<UserId>,
}

/// Newest first. Ended connections are listed only where the filter names their status.
pub async fn page(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    filter: &Filter,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Connection>, Error> {
    let mut query = QueryBuilder::new("select c.* from connections c where c.tenant_id = ");
    query.push_bind(tenant.as_uuid());
    conditions(&mut query, tenant, filter);
    if let Some(Cursor { at, id }) = after {
        query.push(" and (c.created_at, c.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" order by c.created_at desc, c.id desc limit ").push_bind(size.get() + 1);
    let rows: Vec<Row> = query.build_query_as().fetch_all(executor).await?;
    Ok(page_of(rows.into_iter().map(Into::into).collect(), size))
}

/// A connection and its grant, which is `None` where it has none of that role.
pub type WithGrant = (Connection, Option<Stored>);

/// The connections that a filter leaves, each with its grant of this role: two at most, for whoever wants to know of the only one.
pub async fn with_grant(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    filter: &Filter,
    role: GrantRole,
) -> Result<Vec<WithGrant>, Error> {
    let mut query = QueryBuilder::new(
        "select c.*, g.sealed, g.expires_at, g.refresh_at, g.version, g.client_id, g.obtained_at
         from connections c
         left join grants g on g.tenant_id = c.tenant_id and g.connection_id = c.id and g.role = ",
    );
    query.push_bind(role.word()).push(" where c.tenant_id = ").push_bind(tenant.as_uuid());
    conditions(&mut query, tenant, filter);
    query.push(" limit 2");
    let rows = query.build().fetch_all(executor).await?;
    rows.iter().map(granted).collect()
}

/// The newest of a tenant's connections that have not ended: the page that people and backends ask for most.
#[derive(Debug, Clone, Copy)]
pub struct Newest {
    pub tenant: TenantId,
    /// As in [`Filter`].
    pub seen_by: Option<UserId>,
    pub size: PageSize,
}

impl Question for Newest {
    type Answer = Page<Connection>;

    async fn answer(connection: &mut PgConnection, questions: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let tenants: Vec<Uuid> = questions.iter().map(|one| one.tenant.as_uuid()).collect();
        let users: Vec<Option<Uuid>> = questions.iter().map(|one| one.seen_by.map(|user| user.as_uuid())).collect();
        let sizes: Vec<i64> = questions.iter().map(|one| one.size.get() + 1).collect();
        let rows = sqlx::query(
            "select c.*, asked.place
             from unnest($1::uuid[], $2::uuid[], $3::int8[]) with ordinality as asked (tenant, seen_by, size, place)
             cross join lateral (
               select * from connections
               where tenant_id = asked.tenant and status <> 'revoked'
                 and (asked.seen_by is null or owner_id is null or owner_id = asked.seen_by)
               order by created_at desc, id desc
               limit asked.size) c
             order by asked.place, c.created_at desc, c.id desc",
        )
        .bind(tenants)
        .bind(users)
        .bind(sizes)
        .fetch_all(connection)
        .await?;
        let found = gather::placed(&rows, questions.len(), |row| Ok(Row::from_row(row)?.into()))?;
        Ok(found.into_iter().zip(questions).map(|(found, one)| page_of(found, one.size)).collect())
    }
}

/// Whose token is asked for: this connection's, whether it has ended or not, or that of the only one at the provider that has not.
/// Each comes with its grant of this role; two at most.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub tenant: TenantId,
    pub provider: String,
    pub connection: Option<ConnectionId>,
    pub role: GrantRole,
}

impl Question for Wanted {
    type Answer = Vec<WithGrant>;

    async fn answer(connection: &mut PgConnection, questions: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let tenants: Vec<Uuid> = questions.iter().map(|one| one.tenant.as_uuid()).collect();
        let providers: Vec<&str> = questions.iter().map(|one| one.provider.as_str()).collect();
        let connections: Vec<Option<Uuid>> =
            questions.iter().map(|one| one.connection.map(|id| id.as_uuid())).collect();
        let roles: Vec<&str> = questions.iter().map(|one| one.role.word()).collect();
        let rows = sqlx::query(
            "select c.*, g.sealed, g.expires_at, g.refresh_at, g.version, g.client_id, g.obtained_at, asked.place
             from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) with ordinality
               as asked (tenant, provider, connection, role, place)
             cross join lateral (
               (select * from connections
                where asked.connection is null and tenant_id = asked.tenant and provider = asked.provider
                  and status <> 'revoked'
                limit 2)
               union all
               (select * from connections
                where tenant_id = asked.tenant and id = asked.connection and provider = asked.provider)) c
             left join grants g on g.tenant_id = c.tenant_id and g.connection_id = c.id and g.role = asked.role",
        )
        .bind(tenants)
        .bind(providers)
        .bind(connections)
        .bind(roles)
        .fetch_all(connection)
        .await?;
        gather::placed(&rows, questions.len(), granted)
    }
}

fn page_of(found: Vec<Connection>, size: PageSize) -> Page<Connection> {
    Page::from_one_more(found, size, |last| Cursor { at: last.created_at, id: last.id.as_uuid() })
}

fn granted(row: &PgRow) -> Result<WithGrant, Error> {
    let has_grant = row.try_get::<Option<i64>, _>("version")?.is_some();
    Ok((Row::from_row(row)?.into(), has_grant.then(|| Stored::from_row(row)).transpose()?))
}

/// Columns are compared only where a filter asks: a condition that may be absent costs a plan of its own at every call.
fn conditions(query: &mut QueryBuilder<Postgres>, tenant: TenantId, filter: &Filter) {
    let Filter { id, provider, providers, status, org_id, of_organizations, seen_by } = filter;
    if let Some(id) = id {
        query.push(" and c.id = ").push_bind(id.as_uuid());
    }
    if let Some(provider) = provider {
        query.push(" and c.provider = ").push_bind(provider.clone());
    }
    if let Some(providers) = providers {
        query.push(" and c.provider = any(").push_bind(providers.clone()).push(")");
    }
    match (status, id) {
        (Some(status), _) => _ = query.push(" and c.status = ").push_bind(status.clone()),
        (None, None) => _ = query.push(" and c.status <> 'revoked'"),
        (None, Some(_)) => {}
    }
    if let Some(org) = org_id {
        query.push(" and (c.org_id = ").push_bind(org.clone());
        query.push(" or c.id in (select connection_id from connection_resources where tenant_id = ");
        query.push_bind(tenant.as_uuid()).push(" and external_id = ").push_bind(org.clone()).push("))");
    }
    if *of_organizations {
        query.push(
            " and (c.kind = 'installation' or c.org_id is not null
                   or c.id in (select connection_id from connection_resources where tenant_id = ",
        );
        query.push_bind(tenant.as_uuid()).push("))");
    }
    if let Some(user) = seen_by {
        query.push(" and (c.owner_id is null or c.owner_id = ").push_bind(user.as_uuid()).push(")");
    }
}

/// What ending a grant at the vendor would take from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach<'a> {
    /// This installation of the app.
    Installation(&'a str),
    /// Everything that this account gave the client.
    Account(&'a str),
    /// Everything that this organisation gave the client.
    Organization(&'a str),
    /// Whose it is, nobody knows: whatever the client was given by anybody.
    Anybody,
}

impl<'a> Reach<'a> {
    /// Kind, account and organisation. An installation and an account can have the same number.
    const fn parts(self) -> (Option<&'static str>, Option<&'a str>, Option<&'a str>) {
        let (account, installation) = (ConnectionKind::Account.word(), ConnectionKind::Installation.word());
        match self {
            Self::Installation(id) => (Some(installation), Some(id), None),
            Self::Account(id) => (Some(account), Some(id), None),
            Self::Organization(id) => (Some(account), None, Some(id)),
            Self::Anybody => (None, None, None),
        }
    }
}

/// Until the transaction ends, nobody else passes here for the same account or organisation at the vendor.
pub async fn hold_reach_for_any_tenant(
    executor: impl PgExecutor<'_>,
    provider: &str,
    reach: Reach<'_>,
) -> Result<(), Error> {
    let (kind, account, organization) = reach.parts();
    sqlx::query(
        "select pg_advisory_xact_lock(hashtextextended(jsonb_build_array($1::text, $2::text, $3::text, $4::text)::text, 0))",
    )
    .bind(provider)
    .bind(kind)
    .bind(account)
    .bind(organization)
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether a living connection, of any tenant, other than `besides`, stands on what ending the grant would reach. A grant of
/// another client stands on its own feet.
pub async fn is_shared_by_any_tenant(
    executor: impl PgExecutor<'_>,
    provider: &str,
    reach: Reach<'_>,
    client_id: Option<&str>,
    besides: Option<(TenantId, ConnectionId)>,
) -> Result<bool, Error> {
    let (kind, account, organization) = reach.parts();
    sqlx::query_scalar(
        "select exists (
           select 1
           from connections c
           join grants g on (g.tenant_id, g.connection_id) = (c.tenant_id, c.id)
           where c.provider = $1
             and ($2::text is null or c.account_id = $2)
             and ($3::text is null or c.org_id = $3)
             and ($7::text is null or c.kind = $7)
             and c.status <> 'revoked'
             and g.client_id is not distinct from $4
             and ($5::uuid is null or (c.tenant_id, c.id) <> ($5, $6)))",
    )
    .bind(provider)
    .bind(account)
    .bind(organization)
    .bind(client_id)
    .bind(besides.map(|(tenant, _)| tenant.as_uuid()))
    .bind(besides.map(|(_, id)| id.as_uuid()))
    .bind(kind)
    .fetch_one(executor)
    .await
}

/// What a person connected, in their own tenant or in others, as far as it has not ended.
pub async fn of_person_for_any_tenant(
    executor: impl PgExecutor<'_>,
    user: UserId,
    limit: i64,
) -> Result<Vec<(TenantId, ConnectionId)>, Error> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select tenant_id, id
         from connections
         where (owner_id = $1 or tenant_id = $2)
           and status <> 'revoked'
         limit $3",
    )
    .bind(user.as_uuid())
    .bind(user.personal_tenant().as_uuid())
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|(tenant, id)| (TenantId::from_uuid(tenant), ConnectionId::from_uuid(id))).collect())
}

pub async fn set_status(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: ConnectionId,
    status: &Status,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "update connections set status = $3, status_detail = $4, updated_at = $5 where tenant_id = $1 and id = $2",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(status.word())
    .bind(Json(status))
    .bind(now)
    .execute(executor)
    .await?;
    Ok(())
}

/// Moves the end of a connection's grant at the vendor, as a refresh may.
pub async fn set_reauth_due(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: ConnectionId,
    at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query(
        "update connections set reauth_due_at = $3
         where tenant_id = $1 and id = $2
           and reauth_due_at is distinct from $3",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(at)
    .execute(executor)
    .await?;
    Ok(())
}
