//! Hooks that we registered with vendors.

use kernel::{HookId, TenantId};
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// A hook, as the door for webhooks needs it.
#[derive(FromRow)]
pub struct AtDoor {
    pub connection_id: Uuid,
    pub external_id: Option<String>,
    pub resource: Option<String>,
    /// Under the context of `Place::Hooks`.
    pub sealed: Vec<u8>,
    pub secret_hash: Vec<u8>,
}

/// The hook whose address a webhook came to. One that is being removed still delivers what is under way.
pub async fn at_door(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    id: HookId,
    provider: &str,
) -> Result<Option<AtDoor>, Error> {
    sqlx::query_as(
        "select connection_id, external_id, resource, sealed, secret_hash
         from hooks
         where tenant_id = $1 and id = $2 and provider = $3",
    )
    .bind(tenant.as_uuid())
    .bind(id.as_uuid())
    .bind(provider)
    .fetch_optional(executor)
    .await
}
