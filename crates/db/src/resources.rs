//! The places that one grant opens.

use kernel::{ConnectionId, Resource, TenantId};
use sqlx::{Error, FromRow, PgConnection, PgExecutor, types::Json};

#[derive(FromRow)]
struct Row {
    external_id: String,
    kind: String,
    name: String,
    url: Option<String>,
    scopes: Vec<String>,
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
    Ok(rows
        .into_iter()
        .map(|Row { external_id, kind, name, url, scopes }| Resource { external_id, kind, name, url, scopes })
        .collect())
}

pub async fn forget(executor: impl PgExecutor<'_>, tenant: TenantId, connection: ConnectionId) -> Result<(), Error> {
    sqlx::query("delete from connection_resources where tenant_id = $1 and connection_id = $2")
        .bind(tenant.as_uuid())
        .bind(connection.as_uuid())
        .execute(executor)
        .await?;
    Ok(())
}
