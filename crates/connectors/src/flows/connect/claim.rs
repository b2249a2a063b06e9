//! A member claims what is theirs: a pending connection, or an installation.

use super::{
    BrowserHash, ConnectError, installation,
    save::{self, Owner, open_pending},
    start::configured,
};
use crate::App;
use db::pending;
use kernel::{Connection, ConnectionKind, UserId, sha256};
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
    configured(app, provider)?;
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
    };
    let (kind, owner) = (ConnectionKind::Account, Owner::person(user));
    save::connection(app, provider, kind, owner, account, &grant, claimed.label).await
}

/// By the installation's id, after the vendor has confirmed that this person may.
pub async fn claim_installation(
    app: &Arc<App>,
    provider: &str,
    user: UserId,
    installation_id: &str,
) -> Result<Connection, ConnectError> {
    let configured = configured(app, provider)?;
    installation::link(app, configured, Owner::person(user), installation_id, None).await
}
