//! A connection and its grant, committed together.

use super::ConnectError;
use crate::{
    App,
    flows::{sealing, vend},
};
use db::{audit, connections, grants, reseal::Place};
use kernel::{Connection, ConnectionId, ConnectionKind, Status, TenantId, UserId};
use oauth::Grant;
use providers::Account;
use serde_json::json;
use uuid::Uuid;
use vault::{Context, Sealed};

/// Whose a connection becomes.
#[derive(Debug, Clone)]
pub struct Owner {
    pub tenant: TenantId,
    /// `None`: the whole tenant shares it.
    pub user: Option<UserId>,
    /// Who connected it, as the audit log names them.
    pub actor: String,
}

impl Owner {
    /// A person, in their own tenant.
    pub fn person(user: UserId) -> Self {
        Self { tenant: user.personal_tenant(), user: Some(user), actor: format!("user:{user}") }
    }
}

/// Writes a connection. The same account connected again keeps its id.
pub async fn connection(
    app: &App,
    provider: &str,
    kind: ConnectionKind,
    owner: Owner,
    account: Account,
    grant: &Grant,
    label: Option<String>,
) -> Result<Connection, ConnectError> {
    let Owner { tenant, user, actor } = owner;
    let now = app.clock.now();
    let mut connection = Connection {
        tenant,
        id: ConnectionId::generate(),
        provider: provider.to_owned(),
        kind,
        account_id: account.id,
        org_id: account.org_id,
        display_name: account.display_name,
        label,
        status: Status::Active,
        scopes: grant.scopes.clone(),
        owner: user,
        created_at: now,
        updated_at: now,
    };
    let mut transaction = app.pool.begin().await?;
    // Sealing is bound to the stored id, which for an account that was here before is not the one just made.
    connection.id = connections::upsert(&mut *transaction, &connection).await?;
    let sealed = vend::seal(app, tenant, connection.id, grant)?;
    let times = vend::times(provider, kind, grant, now);
    grants::put(&mut *transaction, tenant, connection.id, &sealed, times).await?;
    let entry = audit::Entry {
        at: now,
        actor: &actor,
        action: "connection.connect",
        target: &connection.id.to_string(),
        detail: json!({ "provider": provider, "kind": kind.word(), "account_id": connection.account_id }),
    };
    audit::append(&mut *transaction, tenant, entry).await?;
    let stored = connections::find(&mut *transaction, tenant, connection.id).await?;
    transaction.commit().await?;
    stored.ok_or(ConnectError::Stored)
}

/// Opens the grant of a connection nobody has claimed.
pub fn open_pending(app: &App, id: Uuid, sealed: Vec<u8>) -> Result<Grant, vend::VendError> {
    let plaintext = app.vault.open(&Sealed::from_bytes(sealed)?, &pending_context(id))?;
    Ok(Grant::from_plaintext(&plaintext)?)
}

pub(super) fn pending_context(id: Uuid) -> Context {
    sealing::context(Place::Pending, id.to_string())
}
