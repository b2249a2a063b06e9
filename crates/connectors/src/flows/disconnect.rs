//! Ending a connection: for us at once, at the vendor as soon as it answers.

use super::{
    revoke::{self, Ending},
    vend::{self, VendError},
};
use crate::{App, http::Caller};
use db::{audit, connections, grants};
use kernel::{Connection, ConnectionId, Health, Status};
use serde_json::json;

/// What became of the grant at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtProvider {
    Revoked,
    /// The vendor did not answer; a job goes on trying.
    Pending,
    /// Another connection stands on the same account, and ending the grant would end theirs.
    Shared,
    /// There was no grant any more.
    Nothing,
}

pub async fn disconnect(app: &App, caller: &Caller, id: ConnectionId) -> Result<AtProvider, VendError> {
    let mut transaction = app.pool.begin().await?;
    let connection = connections::find_and_hold(&mut *transaction, caller.tenant, id).await?;
    let connection = connection.filter(|found| caller.may_see(found)).ok_or(VendError::NotFound)?;
    if connection.status == Status::Revoked {
        return Ok(AtProvider::Nothing);
    }
    let stored = grants::find(&mut *transaction, caller.tenant, id).await?;
    // A grant that does not open (its key is gone) cannot be ended at the vendor, but the person is rid of it here.
    let grant = stored.and_then(|stored| {
        let opened = vend::open(app, caller.tenant, id, stored.sealed);
        opened.inspect_err(|error| tracing::error!(%error, connection = %id, "a grant is forgotten unopened")).ok()
    });
    // Of two that share the account and end at once, the later one has to see that the earlier has ended.
    connections::hold_account_for_any_tenant(&mut *transaction, &connection).await?;
    let shared = connections::is_shared_by_any_tenant(&mut *transaction, &connection).await?;
    let ending = grant.as_ref().filter(|_| !shared).map(|grant| ending(&connection, grant));
    let job = match &ending {
        Some(ending) => revoke::enqueue(app, &mut transaction, ending).await?,
        None => None,
    };
    let now = app.clock.now();
    let status = connection.status.after(Health::Removed);
    grants::forget(&mut *transaction, caller.tenant, id).await?;
    connections::set_status(&mut *transaction, caller.tenant, id, &status, now).await?;
    let entry = audit::Entry {
        at: now,
        actor: &caller.audit_name(),
        action: "connection.disconnect",
        target: &id.to_string(),
        detail: json!({ "provider": connection.provider, "shared": shared }),
    };
    audit::append(&mut *transaction, caller.tenant, entry).await?;
    transaction.commit().await?;
    match ending {
        Some(ending) if revoke::now(app, &ending, job).await => Ok(AtProvider::Revoked),
        Some(_) => Ok(AtProvider::Pending),
        None if shared => Ok(AtProvider::Shared),
        None => Ok(AtProvider::Nothing),
    }
}

fn ending<'a>(connection: &'a Connection, grant: &'a oauth::Grant) -> Ending<'a> {
    Ending { provider: &connection.provider, kind: connection.kind, installation: &connection.account_id, grant }
}
