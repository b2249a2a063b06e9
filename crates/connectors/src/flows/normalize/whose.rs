//! Whose a delivery is.

use db::{
    connections::{self, Named},
    deliveries::Claimed,
};
use kernel::{Connection, TenantId};
use providers::Whose;

/// The tenant that the address names.
pub(super) fn addressee(delivery: &Claimed) -> Option<TenantId> {
    let tenant = TenantId::from_uuid(delivery.tenant_id);
    (tenant != TenantId::UNADDRESSED).then_some(tenant)
}

/// The tenants that a delivery to the app's own address turned out to be for, each once.
pub(super) fn addressees(delivery: &Claimed, connections: &[Connection]) -> Vec<TenantId> {
    if addressee(delivery).is_some() {
        return Vec::new();
    }
    let mut tenants: Vec<TenantId> = connections.iter().map(|connection| connection.tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    tenants
}

/// The living connections it is about. What came to the address of a hook of ours is about the connection that the hook was
/// registered for, whatever the body names.
pub(super) async fn connections(
    transaction: &mut db::PgConnection,
    delivery: &Claimed,
    whose: &Whose,
) -> Result<Vec<Connection>, db::Error> {
    let only = addressee(delivery);
    if let (Some(tenant), Some(hook)) = (only, delivery.hook_id) {
        return connections::of_hook(transaction, tenant, hook).await;
    }
    let named = match whose {
        Whose::Installation(id) => Named::Installation(id),
        Whose::Organization(id) => Named::Organization(id),
        Whose::Account(id) => Named::Account(id),
        Whose::Site(origin) => Named::Site(origin),
        Whose::Watched(what) => Named::Watched(what),
        Whose::Unnamed => return Ok(Vec::new()),
    };
    connections::named_for_any_tenant(transaction, &delivery.provider, named, only).await
}
