//! A hook, where its deliveries arrive.

use kernel::HookId;
use sqlx::{Error, FromRow, PgExecutor};
use uuid::Uuid;

/// A hook, as the door for webhooks needs it.
#[derive(FromRow)]
pub struct AtDoor {
    pub tenant_id: Uuid,
    pub connection_id: Uuid,
    pub external_id: Option<String>,
    pub resource: Option<String>,
    /// Under the context of `Place::Hooks`.
    pub sealed: Vec<u8>,
    pub secret_hash: Vec<u8>,
    /// The client it was registered with; `None`: not known.
    pub client_id: Option<String>,
}

/// The hook whose address a webhook came to; whose it is, only its row says. One that is being removed still delivers what is
/// under way.
pub async fn at_door_for_any_tenant(
    executor: impl PgExecutor<'_>,
    id: HookId,
    provider: &str,
) -> Result<Option<AtDoor>, Error> {
    sqlx::query_as(
        "select tenant_id, connection_id, external_id, resource, sealed, secret_hash, client_id
         from hooks
         where id = $1 and provider = $2",
    )
    .bind(id.as_uuid())
    .bind(provider)
    .fetch_optional(executor)
    .await
}
