//! A connection and its grant, committed together.

use super::ConnectError;
use crate::{
    App,
    flows::{
        health::{self, Because},
        hooks, sealing, sync, vend,
    },
};
use db::{connections, grants, reseal::Place, resources};
use kernel::{Connection, ConnectionId, ConnectionKind, GrantKey, GrantRole, Parameters, Status, TenantId, UserId};
use oauth::Grant;
use providers::{Account, Provider};
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

/// What a flow has brought.
pub struct Made {
    pub kind: ConnectionKind,
    pub account: Account,
    pub grant: Grant,
    /// Which client obtained the grant; `None`: a person pasted it.
    pub client_id: Option<String>,
    /// As asked for; `None`: nobody asked.
    pub requested_scopes: Option<Vec<String>>,
    pub parameters: Parameters,
    pub label: Option<String>,
}

/// Writes a connection. The same account connected again keeps its id.
pub async fn connection(app: &App, provider: &Provider, owner: Owner, made: Made) -> Result<Connection, ConnectError> {
    let Owner { tenant, user, actor } = owner;
    let Made { kind, account, grant, client_id, requested_scopes, parameters, label } = made;
    let now = app.clock.now();
    let companion_scopes = grant.companion.iter().flat_map(|companion| companion.scopes.clone());
    let mut connection = Connection {
        tenant,
        id: ConnectionId::generate(),
        provider: provider.slug.clone(),
        kind,
        account_id: account.id,
        org_id: account.org_id,
        display_name: account.display_name,
        label,
        status: Status::Active,
        scopes: grant.scopes.iter().cloned().chain(companion_scopes).collect(),
        requested_scopes,
        parameters,
        reauth_due_at: grant.refresh_expires_at,
        owner: user,
        created_at: now,
        updated_at: now,
    };
    let mut transaction = app.pool.begin().await?;
    // Sealing is bound to the stored id, which for an account that was here before is not the one just made.
    connection.id = connections::upsert(&mut *transaction, &connection).await?;
    // A second grant that this consent did not bring is none of this connection any more.
    grants::forget_companions(&mut *transaction, tenant, connection.id).await?;
    let companion = grant.companion.as_deref().map(|companion| (GrantRole::User, companion));
    for (role, grant) in [(GrantRole::Primary, &grant)].into_iter().chain(companion) {
        let key = GrantKey { connection: connection.id, role };
        let sealed = vend::seal(app, tenant, key, grant)?;
        let times = vend::times(provider, kind, grant, now);
        grants::put(&mut *transaction, tenant, key, &sealed, client_id.as_deref(), times).await?;
    }
    resources::replace(&mut transaction, tenant, connection.id, &account.resources).await?;
    hooks::ask(app, &mut transaction, &connection).await?;
    sync::enroll(&mut transaction, provider, &connection).await?;
    let because = Because::Caller {
        name: &actor,
        action: "connection.connect",
        detail: json!({ "kind": kind.word(), "account_id": connection.account_id }),
    };
    health::connected(app, &mut transaction, &connection, because).await?;
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
