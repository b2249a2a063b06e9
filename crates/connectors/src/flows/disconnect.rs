//! Ending a connection: for us at once, at the vendor as soon as it answers.

use super::{
    health::{self, Because, Telling},
    hooks::{self, Leaving},
    revoke::{self, Ending},
    settings::{self, Origin},
    vend::{self, VendError},
};
use crate::{App, http::Caller};
use db::{connections, grants, resources};
use kernel::{Connection, ConnectionId, ConnectionKind, GrantKey, GrantRole, Health, JobId, Status, TenantId};
use oauth::Grant;
use providers::{Revocation, Revoke};
use serde_json::json;

/// What became of the grant at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtProvider {
    Revoked,
    /// The vendor did not answer; a job goes on trying.
    Pending,
    /// Another connection stands on the same account, and ending the grant would end theirs.
    Shared,
    /// The vendor has no way to end it from here: the person removes the app on a page of the vendor's.
    NotOffered,
    /// There was no grant any more.
    Nothing,
}

/// A grant that was this connection's.
struct Held {
    role: GrantRole,
    grant: Grant,
    client_id: Option<String>,
}

pub async fn disconnect(app: &App, caller: &Caller, id: ConnectionId) -> Result<AtProvider, VendError> {
    end(app, (caller.tenant, id), &caller.audit_name(), |connection| caller.may_see(connection)).await
}

/// The same for whoever is no caller. `actor`: as the audit log names them.
pub async fn end(
    app: &App,
    (tenant, id): (TenantId, ConnectionId),
    actor: &str,
    is_theirs: impl Fn(&Connection) -> bool,
) -> Result<AtProvider, VendError> {
    let mut transaction = app.pool.begin().await?;
    let connection = connections::find_and_hold(&mut *transaction, tenant, id).await?;
    let connection = connection.filter(is_theirs).ok_or(VendError::NotFound)?;
    if connection.status == Status::Revoked {
        return Ok(AtProvider::Nothing);
    }
    let held = held(app, &mut transaction, &connection).await?;
    let revoke = settings::known(app, &connection.provider).map_or(Revoke::Nowhere, |provider| *provider.revoke());
    let client_id = held.first().and_then(|held| held.client_id.as_deref());
    let mut shared = false;
    if let Some(reach) = revoke::reach(&connection, revoke) {
        // Of two that share it and end at once, the later one has to see that the earlier has ended.
        connections::hold_reach_for_any_tenant(&mut *transaction, &connection.provider, reach).await?;
        let besides = Some((connection.tenant, connection.id));
        let provider = &connection.provider;
        shared = connections::is_shared_by_any_tenant(&mut *transaction, provider, reach, client_id, besides).await?;
    }
    let offered = connection.kind == ConnectionKind::Installation || revoke != Revoke::Nowhere;
    let leaving = hooks::leaving(app, &mut transaction, &connection).await?;
    let keeps_grant = shared || !offered;
    let mut endings: Vec<(Ending<'_>, Option<JobId>)> = Vec::new();
    for held in &held {
        let ending = ending(&connection, held, &leaving, keeps_grant);
        if ending.keeps_grant && ending.hooks.is_empty() {
            continue;
        }
        let job = revoke::enqueue(app, &mut transaction, &ending).await?;
        endings.push((ending, job));
    }
    grants::forget(&mut *transaction, tenant, id).await?;
    resources::forget(&mut *transaction, tenant, id).await?;
    let because = Because::Caller { name: actor, action: "connection.disconnect", detail: json!({ "shared": shared }) };
    health::shift(app, &mut transaction, &connection, Health::Removed, because, Telling::Now).await?;
    transaction.commit().await?;
    if held.is_empty() {
        return Ok(AtProvider::Nothing);
    }
    let mut at_provider = match (shared, offered) {
        (true, _) => AtProvider::Shared,
        (false, true) => AtProvider::Revoked,
        (false, false) => AtProvider::NotOffered,
    };
    for (ending, job) in endings {
        match revoke::now(app, &ending, job).await {
            // Only hooks were removed, or will be.
            _ if keeps_grant => {}
            Some(Revocation::Revoked | Revocation::AlreadyGone) => {}
            Some(Revocation::NotOffered) => at_provider = AtProvider::NotOffered,
            None => at_provider = AtProvider::Pending,
        }
    }
    Ok(at_provider)
}

/// A grant that does not open (its key is gone) cannot be ended at the vendor, but the person is rid of it here.
async fn held(app: &App, transaction: &mut db::PgConnection, connection: &Connection) -> Result<Vec<Held>, VendError> {
    let (tenant, id) = (connection.tenant, connection.id);
    let mut held = Vec::new();
    for role in grants::roles(&mut *transaction, tenant, id).await? {
        let key = GrantKey { connection: id, role };
        let Some(stored) = grants::find(&mut *transaction, tenant, key).await? else { continue };
        match vend::open(app, tenant, key, stored.sealed) {
            Ok(grant) => held.push(Held { role, grant, client_id: stored.client_id }),
            Err(error) => tracing::error!(%error, connection = %id, "a grant is forgotten unopened"),
        }
    }
    Ok(held)
}

/// Hooks were registered with the first grant and go with it.
fn ending<'a>(connection: &'a Connection, held: &'a Held, leaving: &'a [Leaving], keeps_grant: bool) -> Ending<'a> {
    Ending {
        origin: Origin::of(connection, held.client_id.as_deref()),
        kind: connection.kind,
        installation: &connection.account_id,
        grant: &held.grant,
        hooks: if held.role == GrantRole::Primary { leaving } else { &[] },
        keeps_grant,
    }
}
