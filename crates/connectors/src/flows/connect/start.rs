//! The way out: a state, a sealed verifier, and the vendor's page.

use super::{BrowserHash, ConnectError, LIFE, save::Owner};
use crate::{App, flows::sealing};
use chrono::{DateTime, Utc};
use db::{connections::kind_of, reseal::Place, starts, states};
use kernel::{ConnectionKind, TenantId, UserId, sha256, token};
use oauth::{Authorization, authorize};
use providers::{Configured, Registry};
use url::Url;
use vault::Context;

/// What somebody wants to connect.
#[derive(Debug, Clone)]
pub struct Wish {
    pub provider: String,
    pub kind: ConnectionKind,
    /// `None`: the provider's usual ones.
    pub scopes: Option<Vec<String>>,
    pub return_url: Option<String>,
    pub label: Option<String>,
}

/// Whose the connection will be, and who brings the redirect back.
#[derive(Debug, Clone)]
pub enum Starter {
    /// Nobody is signed in; this browser will claim the result.
    Anonymous(BrowserHash),
    Member {
        user: UserId,
        browser: BrowserHash,
    },
    /// A backend. It receives the redirect itself, or sends the person to the install link.
    Operator {
        tenant: TenantId,
        /// As the audit log names it.
        name: String,
    },
}

/// A started flow.
pub struct Begun {
    pub authorize_url: Url,
    /// For a browser to open; binds the flow to that browser.
    pub install_url: Option<String>,
    pub expires_at: DateTime<Utc>,
}

pub async fn begin(app: &App, wish: &Wish, starter: Starter) -> Result<Begun, ConnectError> {
    let configured = configured(app, &wish.provider)?;
    let wish = checked(app, configured, wish)?;
    let (owner, browser) = match starter {
        Starter::Anonymous(browser) => (None, Some(browser)),
        Starter::Member { user, browser } => (Some(Owner::person(user)), Some(browser)),
        Starter::Operator { tenant, name } => (Some(Owner { tenant, user: None, actor: name }), None),
    };
    let authorize_url = leave(app, configured, &wish, owner.as_ref(), browser).await?;
    let expires_at = app.clock.now() + LIFE;
    let Some(owner) = owner else { return Ok(Begun { authorize_url, install_url: None, expires_at }) };
    let start = token();
    let row = starts::Start {
        token_hash: sha256(&start),
        provider: wish.provider.clone(),
        tenant: owner.tenant,
        user: owner.user,
        started_by: owner.actor,
        kind: wish.kind,
        scopes: wish.scopes.unwrap_or_default(),
        return_url: wish.return_url,
        label: wish.label,
        expires_at,
    };
    starts::keep(&app.pool, &row).await?;
    let install_url = app.config.urls.public(&format!("/oauth/install/{}?start={start}", wish.provider));
    Ok(Begun { authorize_url, install_url: Some(install_url), expires_at })
}

/// A browser has opened an install link: from here on the flow is this browser's.
pub async fn open(app: &App, provider: &str, start: &str, browser: BrowserHash) -> Result<Url, ConnectError> {
    let configured = configured(app, provider)?;
    let opened = starts::take(&app.pool, &sha256(start), provider, app.clock.now()).await?;
    let opened = opened.ok_or(ConnectError::State)?;
    let wish = Wish {
        provider: provider.to_owned(),
        kind: kind_of(&opened.kind),
        scopes: Some(opened.scopes),
        return_url: opened.return_url,
        label: opened.label,
    };
    let owner = Owner {
        tenant: TenantId::from_uuid(opened.tenant_id),
        user: opened.user_id.map(UserId::from_uuid),
        actor: opened.started_by,
    };
    leave(app, configured, &wish, Some(&owner), Some(browser)).await
}

/// Keeps the state and builds the vendor's address.
async fn leave(
    app: &App,
    configured: &Configured,
    wish: &Wish,
    owner: Option<&Owner>,
    browser: Option<BrowserHash>,
) -> Result<Url, ConnectError> {
    let state = token();
    let hash = sha256(&state);
    let scopes = wish.scopes.clone().unwrap_or_default();
    let asked = Authorization {
        authorize_url: configured.endpoints.authorize.clone(),
        client_id: &configured.settings.client_id,
        redirect_uri: configured.settings.redirect_uri.clone(),
        scopes: &scopes,
        scope_separator: configured.provider.scopes.separator,
        extra: configured.provider.authorize_extra,
    };
    let started = authorize(&asked, &state);
    let url = match wish.kind {
        ConnectionKind::Account => started.url,
        ConnectionKind::Installation => {
            let installations = configured.provider.vendor.installations();
            installations.ok_or(ConnectError::NoInstallation)?.install_url(configured, &state)?
        }
    };
    let row = states::State {
        hash,
        provider: wish.provider.clone(),
        tenant: owner.map(|owner| owner.tenant),
        user: owner.and_then(|owner| owner.user),
        browser_hash: browser,
        started_by: owner.map(|owner| owner.actor.clone()),
        redirect_uri: configured.settings.redirect_uri.as_str().to_owned(),
        sealed: app.vault.seal(started.verifier.expose().as_bytes(), &verifier_context(&hash))?,
        kind: wish.kind,
        scopes,
        return_url: wish.return_url.clone(),
        label: wish.label.clone(),
        expires_at: app.clock.now() + LIFE,
    };
    states::keep(&app.pool, &row).await?;
    Ok(url)
}

/// The wish with its defaults filled in and its return address checked.
fn checked(app: &App, configured: &Configured, wish: &Wish) -> Result<Wish, ConnectError> {
    if wish.kind == ConnectionKind::Installation
        && (configured.provider.vendor.installations().is_none() || configured.settings.app.is_none())
    {
        return Err(ConnectError::NoInstallation);
    }
    let invalid = |pointer, detail| ConnectError::Invalid { pointer, detail };
    let return_url = match &wish.return_url {
        None => None,
        Some(text) => Some(app.config.urls.return_url(text).ok_or_else(|| {
            invalid("#/return_url", "must be a path, or an address at an origin listed in CORS_ORIGINS")
        })?),
    };
    let usual = || configured.provider.scopes.default.iter().map(|scope| (*scope).to_owned()).collect();
    let scopes: Vec<String> = wish.scopes.clone().unwrap_or_else(usual);
    let readable = |scope: &String| {
        (1..=200).contains(&scope.len()) && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
    };
    if scopes.len() > 100 || !scopes.iter().all(readable) {
        return Err(invalid("#/scopes", "at most 100 scopes of 1 to 200 visible characters each, without commas"));
    }
    if wish.label.as_ref().is_some_and(|label| label.chars().count() > 100 || label.chars().any(char::is_control)) {
        return Err(invalid("#/label", "at most 100 characters, none of them control characters"));
    }
    Ok(Wish { scopes: Some(scopes), return_url, ..wish.clone() })
}

/// Known and configured, or which of the two it is not.
pub fn configured<'a>(app: &'a App, slug: &str) -> Result<&'a Configured, ConnectError> {
    Registry::known(slug).ok_or(ConnectError::UnknownProvider)?;
    app.providers.configured(slug).ok_or(ConnectError::NotConfigured)
}

pub(super) fn verifier_context(state_hash: &[u8; 32]) -> Context {
    sealing::context(Place::States, hex::encode(state_hash))
}
