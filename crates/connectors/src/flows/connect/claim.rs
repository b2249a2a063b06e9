//! A member claims what is theirs: a pending connection, or an installation.

use super::{
    BrowserHash, ConnectError, installation,
    save::{self, Made, Owner, open_pending},
};
use crate::{App, flows::settings};
use db::pending;
use kernel::{Connection, ConnectionKind, Parameters, UserId, sha256};
use providers::Account;
use std::sync::Arc;

/// By link code, from the browser that was given it.
pub async fn claim(
    app: &App,
    provider: &str,
    user: UserId,
    code: &str,
    browser: Option<BrowserHash>,
) -> Result<Connection, ConnectError> {
    settings::usable(app, provider).await?;
    let known = settings::known(app, provider)?;
    let browser = browser.ok_or(ConnectError::LinkCode)?;
    let claimed = pending::claim(&app.pool, provider, &sha256(code), &browser, app.clock.now()).await?;
    let claimed = claimed.ok_or(ConnectError::LinkCode)?;
    let grant = open_pending(app, claimed.id, claimed.sealed)?;
    let text = |name: &str| claimed.account.get(name).and_then(|value| value.as_str()).map(ToOwned::to_owned);
    let account = Account {
        id: text("id").ok_or(ConnectError::Stored)?,
        org_id: text("org_id"),
        display_name: text("display_name").ok_or(ConnectError::Stored)?,
        scopes: None,
        resources: claimed.resources.0,
    };
    let made = Made {
        kind: ConnectionKind::Account,
        account,
        grant,
        client_id: claimed.client_id,
        requested_scopes: claimed.requested_scopes,
        parameters: claimed.parameters.0,
        label: claimed.label,
    };
    save::connection(app, &known, Owner::person(user), made).await
}

/// By the installation's id, after the vendor has confirmed that this person may.
pub async fn claim_installation(
    app: &Arc<App>,
    provider: &str,
    user: UserId,
    installation_id: &str,
) -> Result<Connection, ConnectError> {
    let owner = Owner::person(user);
    let configured = settings::configured(app, Some(owner.tenant), provider, &Parameters::default()).await?;
    installation::link(app, &configured, owner, installation_id, None).await
}
