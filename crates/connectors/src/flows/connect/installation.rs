//! Linking an installation. Its id arrives in a redirect or a request and proves nothing: the vendor is asked, with the
//! person's own token, whether they can reach it.

use super::{
    ConnectError,
    save::{self, Made, Owner},
};
use crate::{
    App,
    flows::{
        settings,
        vend::{self, Want},
    },
};
use db::connections;
use kernel::{Connection, ConnectionKind, GrantKey, PageSize, Parameters};
use providers::{CallError, Configured};
use std::sync::Arc;

/// Whether organisations install apps at the provider.
pub fn has_installations(app: &App, provider: &str) -> Result<bool, ConnectError> {
    Ok(settings::known(app, provider)?.vendor.installations().is_some())
}

pub async fn link(
    app: &Arc<App>,
    configured: &Configured,
    owner: Owner,
    installation_id: &str,
    label: Option<String>,
) -> Result<Connection, ConnectError> {
    let installations = configured.provider.vendor.installations().ok_or(ConnectError::NoInstallation)?;
    if configured.settings.app.is_none() {
        return Err(ConnectError::NoInstallation);
    }
    // The vendor's ids are numbers; anything else would end up in a path of its API.
    if installation_id.is_empty() || installation_id.len() > 20 || !installation_id.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(ConnectError::Invalid { pointer: "#/installation_id", detail: "must be a number" });
    }
    let filter = connections::Filter {
        provider: Some(configured.provider.slug.clone()),
        status: Some("active".to_owned()),
        seen_by: owner.user,
        ..connections::Filter::default()
    };
    let size = PageSize::new(PageSize::MAX).unwrap_or(PageSize::DEFAULT);
    let accounts = connections::page(&app.pool, owner.tenant, &filter, None, size).await?.items;
    let theirs = accounts
        .iter()
        .filter(|one| one.kind == ConnectionKind::Account && (owner.user.is_none() || one.owner == owner.user));
    for account in theirs {
        let vended = vend::vend(app, owner.tenant, GrantKey::primary(account.id), Want::Fresh).await?;
        let found = installations.reachable(vend::call(app, configured, &vended), installation_id).await;
        let found = match found {
            Err(CallError::NotFound | CallError::Refused) => None,
            other => other?,
        };
        let Some(found) = found else { continue };
        let grant = installations.mint(configured, &app.client, installation_id, app.clock.now()).await?;
        let made = Made {
            kind: ConnectionKind::Installation,
            account: found,
            grant,
            client_id: Some(configured.settings.client_id.clone()),
            requested_scopes: None,
            parameters: Parameters::default(),
            label,
        };
        return save::connection(app, &configured.provider, owner, made).await;
    }
    Err(ConnectError::InstallationRefused)
}
