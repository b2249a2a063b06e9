//! An operator asks for a token: which connection is meant, a fresh token for it, and a line in the audit log before it
//! leaves.

use super::{
    settings,
    vend::{self, VendError, Vended, Want},
};
use crate::{App, group::StoreError, http::Caller};
use db::{
    audit,
    connections::{self, Wanted},
};
use kernel::{ConnectionId, GrantRole, meters};
use providers::Placement;
use serde_json::json;
use std::sync::Arc;

/// Which connection.
pub enum Named {
    Connection(ConnectionId),
    /// By the vendor's id of the organisation or workspace.
    Organization(String),
    /// The tenant's only one at the provider.
    Only,
}

/// No token for this caller.
#[derive(Debug, thiserror::Error)]
pub enum HandOutError {
    #[error("no such provider")]
    UnknownProvider,
    #[error("several connections match")]
    Several,
    #[error("no token")]
    Vend(#[from] VendError),
    #[error("the audit log did not take the line")]
    Audit(#[from] StoreError),
    #[error("the database failed")]
    Database(#[from] db::Error),
}

pub async fn hand_out(
    app: &Arc<App>,
    caller: &Caller,
    provider: &str,
    named: &Named,
    role: GrantRole,
) -> Result<HandedOut, HandOutError> {
    settings::known(app, provider).map_err(|_| HandOutError::UnknownProvider)?;
    let (connection, stored) = which(app, caller, provider, (named, role)).await?;
    out(app, caller, (connection, stored), role, Want::Fresh).await
}

/// The same by the connection alone, for a token that lasts.
pub async fn by_id(
    app: &Arc<App>,
    caller: &Caller,
    id: ConnectionId,
    role: GrantRole,
    want: Want,
) -> Result<HandedOut, HandOutError> {
    let filter = connections::Filter { id: Some(id), ..connections::Filter::default() };
    let mut found = found(app, caller, &filter, role).await?;
    let found = found.pop().filter(|(connection, _)| caller.may_see(connection)).ok_or(VendError::NotFound)?;
    out(app, caller, found, role, want).await
}

/// A token and how it travels.
pub struct HandedOut {
    pub vended: Vended,
    pub placement: Placement,
}

async fn out(
    app: &Arc<App>,
    caller: &Caller,
    (connection, stored): connections::WithGrant,
    role: GrantRole,
    want: Want,
) -> Result<HandedOut, HandOutError> {
    let provider = settings::known(app, &connection.provider).map_err(|_| HandOutError::UnknownProvider)?;
    let vended = vend::with(app, connection, stored, role, want).await;
    let word = if vended.is_ok() { "vended" } else { "refused" };
    metrics::counter!(meters::VENDS.name, "provider" => provider.slug.clone(), "outcome" => word).increment(1);
    let vended = vended?;
    let entry = audit::Entry {
        at: app.clock.now(),
        actor: &caller.audit_name(),
        action: audit::VEND,
        target: &vended.connection.id.to_string(),
        detail: json!({ "provider": provider.slug, "grant": role.word() }),
    };
    // No audit, no token.
    app.ledger.write(audit::Due::now(caller.tenant, entry)).await?;
    Ok(HandedOut { vended, placement: provider.placement.clone() })
}

async fn which(
    app: &App,
    caller: &Caller,
    provider: &str,
    (named, role): (&Named, GrantRole),
) -> Result<connections::WithGrant, HandOutError> {
    let (tenant, provider) = (caller.tenant, provider.to_owned());
    let found = match named {
        Named::Only => app.wanted.ask(Wanted { tenant, provider, connection: None, role }).await?,
        Named::Connection(id) => app.wanted.ask(Wanted { tenant, provider, connection: Some(*id), role }).await?,
        Named::Organization(org) => {
            let (provider, org_id) = (Some(provider), Some(org.clone()));
            Box::pin(found(app, caller, &connections::Filter { provider, org_id, ..Default::default() }, role)).await?
        }
    };
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Err(VendError::NotFound.into()),
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(HandOutError::Several),
    }
}

async fn found(
    app: &App,
    caller: &Caller,
    filter: &connections::Filter,
    role: GrantRole,
) -> Result<Vec<connections::WithGrant>, db::Error> {
    let mut wire = app.steady.acquire().await?;
    let found = connections::with_grant(&mut *wire, caller.tenant, filter, role).await?;
    wire.back();
    Ok(found)
}
