//! The hook whose address a webhook came to, remembered for some seconds: deliveries come in storms, and each would ask the
//! database for the same row and open the same secret.

use super::DeliverError;
use crate::{App, flows::sealing};
use db::{hooks, reseal::Place};
use kernel::{HookId, Secret, TenantId};
use providers::ChannelKey;
use std::sync::Arc;
use vault::{Context, Sealed};

/// A hook of ours, opened.
pub struct AtDoor {
    pub tenant: TenantId,
    slug: String,
    pub secret: Secret,
    /// The vendor's id of it, once it is known.
    pub external_id: Option<String>,
    pub channel: ChannelKey,
    /// The client it was registered with; `None`: not known.
    pub client_id: Option<String>,
}

/// `tenant`: the one in the address, if it has one. A hook is its own tenant's and its own vendor's, also where it is remembered:
/// whoever may change an address at a vendor must not make deliveries another tenant's.
pub(super) async fn find(
    app: &App,
    tenant: Option<TenantId>,
    id: HookId,
    slug: &str,
) -> Result<Option<Arc<AtDoor>>, DeliverError> {
    let found = match app.memory.hooks.get(&id).await {
        Some(found) => Some(found),
        None => load(app, id, slug).await?,
    };
    let is_meant = |hook: &Arc<AtDoor>| hook.slug == slug && tenant.is_none_or(|tenant| tenant == hook.tenant);
    Ok(found.filter(is_meant))
}

async fn load(app: &App, id: HookId, slug: &str) -> Result<Option<Arc<AtDoor>>, DeliverError> {
    let Some(row) = hooks::at_door_for_any_tenant(&app.pool, id, slug).await? else { return Ok(None) };
    let tenant = TenantId::from_uuid(row.tenant_id);
    let opened = app.vault.open(&Sealed::from_bytes(row.sealed)?, &context(tenant, id))?;
    let secret = std::str::from_utf8(&opened).map_err(|_| DeliverError::UnknownHook)?.into();
    let token_hash = row.secret_hash.try_into().map_err(|_| DeliverError::UnknownHook)?;
    let channel = ChannelKey { token_hash, resource: row.resource };
    let (external_id, client_id) = (row.external_id, row.client_id);
    let found = Arc::new(AtDoor { tenant, slug: slug.to_owned(), secret, external_id, channel, client_id });
    app.memory.hooks.insert(id, Arc::clone(&found)).await;
    Ok(Some(found))
}

/// What a hook's secret is bound to.
pub fn context(tenant: TenantId, id: HookId) -> Context {
    sealing::context(Place::Hooks, format!("{tenant}/{id}"))
}
