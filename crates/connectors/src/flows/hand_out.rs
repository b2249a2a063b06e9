//! An operator asks for a token: which connection is meant, a fresh token for it, and a line in the audit log before it
//! leaves.

use super::{
    settings,
    vend::{self, VendError, Vended, Want},
};
use crate::{App, http::Caller};
use db::{audit, connections};
use kernel::{ConnectionId, GrantKey, GrantRole, PageSize};
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
) -> Result<Vended, HandOutError> {
    settings::known(app, provider).map_err(|_| HandOutError::UnknownProvider)?;
    let id = which(app, caller, provider, named).await?;
    let vended = vend::vend(app, caller.tenant, GrantKey { connection: id, role }, Want::Fresh).await?;
    let entry = audit::Entry {
        at: app.clock.now(),
        actor: &caller.audit_name(),
        action: "token.vend",
        target: &id.to_string(),
        detail: json!({ "provider": provider, "grant": role.word() }),
    };
    // No audit, no token.
    audit::append(&app.pool, caller.tenant, entry).await?;
    Ok(vended)
}

async fn which(app: &App, caller: &Caller, provider: &str, named: &Named) -> Result<ConnectionId, HandOutError> {
    let org_id = match named {
        Named::Connection(id) => {
            let found = connections::find(&app.pool, caller.tenant, *id).await?;
            let found = found.filter(|connection| connection.provider == provider);
            return Ok(found.ok_or(VendError::NotFound)?.id);
        }
        Named::Organization(org) => Some(org.clone()),
        Named::Only => None,
    };
    let filter = connections::Filter { provider: Some(provider.to_owned()), org_id, ..connections::Filter::default() };
    let two = PageSize::new(2).unwrap_or(PageSize::DEFAULT);
    let found = connections::page(&app.pool, caller.tenant, &filter, None, two).await?.items;
    match found.as_slice() {
        [] => Err(VendError::NotFound.into()),
        [one] => Ok(one.id),
        [_, _, ..] => Err(HandOutError::Several),
    }
}
