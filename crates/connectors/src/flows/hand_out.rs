//! An operator asks for a token: which connection is meant, a fresh token for it, and a line in the audit log before it
//! leaves.

use super::{
    settings,
    vend::{self, VendError, Vended, Want},
};
use crate::{App, http::Caller};
use db::{audit, connections};
use kernel::{Connection, ConnectionId, GrantRole, PageSize, meters};
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
    let connection = which(app, caller, provider, named).await?;
    out(app, caller, connection, role, Want::Fresh).await
}

/// The same by the connection alone, for a token that lasts.
pub async fn by_id(
    app: &Arc<App>,
    caller: &Caller,
    id: ConnectionId,
    role: GrantRole,
    want: Want,
) -> Result<HandedOut, HandOutError> {
    let found = connections::find(&app.pool, caller.tenant, id).await?;
    let connection = found.filter(|connection| caller.may_see(connection)).ok_or(VendError::NotFound)?;
    out(app, caller, connection, role, want).await
}

/// A token and how it travels.
pub struct HandedOut {
    pub vended: Vended,
    pub placement: Placement,
}

async fn out(
    app: &Arc<App>,
    caller: &Caller,
    connection: Connection,
    role: GrantRole,
    want: Want,
) -> Result<HandedOut, HandOutError> {
    let provider = settings::known(app, &connection.provider).map_err(|_| HandOutError::UnknownProvider)?;
    let vended = vend::of(app, connection, role, want).await;
    let word = if vended.is_ok() { "vended" } else { "refused" };
    metrics::counter!(meters::VENDS.name, "provider" => provider.slug.clone(), "outcome" => word).increment(1);
    let vended = vended?;
    let entry = audit::Entry {
        at: app.clock.now(),
        actor: &caller.audit_name(),
        action: "token.vend",
        target: &vended.connection.id.to_string(),
        detail: json!({ "provider": provider.slug, "grant": role.word() }),
    };
    // No audit, no token.
    audit::append(&app.pool, caller.tenant, entry).await?;
    Ok(HandedOut { vended, placement: provider.placement.clone() })
}

async fn which(app: &App, caller: &Caller, provider: &str, named: &Named) -> Result<Connection, HandOutError> {
    let org_id = match named {
        Named::Connection(id) => {
            let found = connections::find(&app.pool, caller.tenant, *id).await?;
            let found = found.filter(|connection| connection.provider == provider);
            return Ok(found.ok_or(VendError::NotFound)?);
        }
        Named::Organization(org) => Some(org.clone()),
        Named::Only => None,
    };
    let filter = connections::Filter { provider: Some(provider.to_owned()), org_id, ..connections::Filter::default() };
    let two = PageSize::new(2).unwrap_or(PageSize::DEFAULT);
    let mut found = connections::page(&app.pool, caller.tenant, &filter, None, two).await?.items.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Err(VendError::NotFound.into()),
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(HandOutError::Several),
    }
}
