//! The places that one grant opens.

use kernel::{ConnectionId, Resource, TenantId};
use sqlx::{Error, FromRow, PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

#[derive(FromRow)]
struct Row {
    external_id: String,
    kind: String,
    name: String,
    url: Option<String>,
    scopes: Vec<String>,
}

#[derive(FromRow)]
struct OfMany {
    connection_id: Uuid,
    #[sqlx(flatten)]
    place: Row,
}

impl From<Row> for Resource {
    fn from(Row { external_id, kind, name, url, scopes }: Row) -> Self {
        Self { external_id, kind, name, url, scopes }
    }
}

/// Makes these the places of a connection, in the caller's transaction.
pub async fn replace(
    transaction: &mut PgConnection,
    tenant: TenantId,
    connection: ConnectionId,
    resources: &[Resource],
) -> Result<(), Error> {
    forget(&mut *transaction, tenant, connection).await?;
    if resources.is_empty() {
        return Ok(());
    }
    // The lists of scopes have different lengths: they travel as JSON. A place that a vendor names twice is one.
    sqlx::query(
        "insert into connection_resources (tenant_id, connection_id, external_id, kind, name, url, scopes)
         select $1, $2, new.external_id, new.kind, new.name, new.url,
                array(select jsonb_array_elements_text(new.scopes))
         from jsonb_to_recordset($3)
           as new (external_id text, kind text, name text, url text, scopes jsonb)
         on conflict do nothing",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(Json(resources))
    .execute(transaction)
    .await?;
    Ok(())
}

/// The places of a connection, in a fixed order.
pub async fn of(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Vec<Resource>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select external_id, kind, name, url, scopes from connection_resources
         where tenant_id = $1 and connection_id = $2
         order by external_id, kind",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The places of several connections, in a fixed order.
pub async fn of_many(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connections: &[Uuid],
) -> Result<Vec<(ConnectionId, Resource)>, Error> {
    let rows: Vec<OfMany> = sqlx::query_as(
        "select connection_id, external_id, kind, name, url, scopes from connection_resources
         where tenant_id = $1 and connection_id = any($2)
         order by connection_id, external_id, kind",
    )
    .bind(tenant.as_uuid())
    .bind(connections)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (ConnectionId::from_uuid(row.connection_id), row.place.into())).collect())
}

/// One place, whatever its products. Whether it was there.
pub async fn forget_one(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<bool, Error> {
    let forgotten = sqlx::query(
        "delete from connection_resources where tenant_id = $1 and connection_id = $2 and external_id = $3",
    )
    .bind(tenant.as_uuid())
    .bind(connection.as_uuid())
    .bind(external_id)
    .execute(executor)
    .await?;
    Ok(forgotten.rows_affected() > 0)
}

pub async fn forget(executor: impl PgExecutor<'_>, tenant: TenantId, connection: ConnectionId) -> Result<(), Error> {
    sqlx::query("delete from connection_resources where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}
