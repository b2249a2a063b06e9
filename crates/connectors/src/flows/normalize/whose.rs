//! Whose a delivery is.

use db::{
    connections::{self, Named, Naming},
    deliveries::Claimed,
};
use kernel::{Connection, TenantId};
use providers::Whose;
use std::collections::{HashMap, hash_map::Entry};

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

/// The living connections that each of some deliveries is about.
pub(super) struct Found {
    connections: Vec<Vec<Connection>>,
    /// Where in them is what each delivery named; `None`: it named nobody.
    places: Vec<Option<usize>>,
}

impl Found {
    /// By the place of the delivery.
    pub(super) fn of(&self, at: usize) -> &[Connection] {
        self.places[at].map_or(&[], |place| &self.connections[place])
    }
}

/// Looks for all of them at once: in a batch many name the same.
pub(super) async fn find(
    connection: &mut db::PgConnection,
    named: impl Iterator<Item = (&Claimed, &Whose)> + Send,
) -> Result<Found, db::Error> {
    let (mut asked, mut known, mut places) = (Vec::new(), HashMap::new(), Vec::new());
    for (delivery, whose) in named {
        places.push(naming(delivery, whose).map(|naming| match known.entry(naming) {
            Entry::Occupied(at) => *at.get(),
            Entry::Vacant(new) => {
                asked.push(naming);
                *new.insert(asked.len() - 1)
            }
        }));
    }
    let connections = connections::named_for_any_tenant(connection, &asked).await?;
    Ok(Found { connections, places })
}

/// What came to the address of a hook of ours is about the connection that the hook was registered for, whatever the body names.
fn naming<'a>(delivery: &'a Claimed, whose: &'a Whose) -> Option<Naming<'a>> {
    let only = addressee(delivery);
    let named = match (delivery.hook_id.filter(|_| only.is_some()), whose) {
        (Some(hook), _) => Named::Hook(hook),
        (None, Whose::Installation(id)) => Named::Installation(id),
        (None, Whose::Organization(id)) => Named::Organization(id),
        (None, Whose::Account(id)) => Named::Account(id),
        (None, Whose::Site(origin)) => Named::Site(origin),
        (None, Whose::Watched(what)) => Named::Watched(what),
        (None, Whose::Unnamed) => return None,
    };
    Some(Naming { provider: &delivery.provider, named, only })
}
