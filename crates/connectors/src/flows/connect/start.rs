//! The way out: a state, a sealed verifier, and the vendor's page.

use super::{BrowserHash, ConnectError, LIFE, save::Owner, wish};
use crate::{
    App,
    flows::{sealing, settings},
};
use chrono::{DateTime, Utc};
use db::{connections::kind_of, reseal::Place, starts, states};
use kernel::{ConnectionKind, Parameters, TenantId, UserId, sha256, token};
use oauth::{Authorization, authorize};
use providers::{Configured, OAuth2};
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
    /// What the provider asks to be told before.
    pub parameters: Parameters,
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
    let (owner, browser) = match starter {
        Starter::Anonymous(browser) => (None, Some(browser)),
        Starter::Member { user, browser } => (Some(Owner::person(user)), Some(browser)),
        Starter::Operator { tenant, name } => (Some(Owner { tenant, user: None, actor: name }), None),
    };
    let wish = wish::checked(app, owner.as_ref().map(|owner| owner.tenant), wish).await?;
    let authorize_url = leave(app, &wish, owner.as_ref(), browser).await?;
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
        parameters: wish.parameters,
        expires_at,
    };
    starts::keep(&app.pool, &row).await?;
    let install_url = app.config.urls.public(&format!("/oauth/install/{}?start={start}", wish.provider));
    Ok(Begun { authorize_url, install_url: Some(install_url), expires_at })
}

/// A browser has opened an install link: from here on the flow is this browser's.
pub async fn open(app: &App, provider: &str, start: &str, browser: BrowserHash) -> Result<Url, ConnectError> {
    settings::usable(app, provider).await?;
    let opened = starts::take(&app.pool, &sha256(start), provider, app.clock.now()).await?;
    let opened = opened.ok_or(ConnectError::State)?;
    let wish = Wish {
        provider: provider.to_owned(),
        kind: kind_of(&opened.kind),
        scopes: Some(opened.scopes),
        return_url: opened.return_url,
        label: opened.label,
        parameters: opened.parameters.0,
    };
    let owner = Owner {
        tenant: TenantId::from_uuid(opened.tenant_id),
        user: opened.user_id.map(UserId::from_uuid),
        actor: opened.started_by,
    };
    leave(app, &wish, Some(&owner), Some(browser)).await
}

/// Keeps the state and builds the vendor's address.
async fn leave(
    app: &App,
    wish: &Wish,
    owner: Option<&Owner>,
    browser: Option<BrowserHash>,
) -> Result<Url, ConnectError> {
    let tenant = owner.map(|owner| owner.tenant);
    let configured = settings::configured(app, tenant, &wish.provider, &wish.parameters).await?;
    let oauth = configured.provider.oauth().ok_or(ConnectError::Pasted)?;
    let state = token();
    let hash = sha256(&state);
    let scopes = wish.scopes.clone().unwrap_or_default();
    let extra = extra(oauth, &configured, &wish.parameters);
    let asked = Authorization {
        authorize_url: configured.endpoints.authorize.clone(),
        client_id: &configured.settings.client_id,
        redirect_uri: configured.settings.redirect_uri.clone(),
        scopes: &scopes,
        scope_separator: &oauth.scopes.separator,
        pkce: oauth.pkce,
        extra: &extra,
    };
    let started = authorize(&asked, &state);
    let url = match wish.kind {
        ConnectionKind::Account => started.url,
        ConnectionKind::Installation => {
            let installations = configured.provider.vendor.installations();
            installations.ok_or(ConnectError::NoInstallation)?.install_url(&configured, &state)?
        }
    };
    let row = states::State {
        hash,
        provider: wish.provider.clone(),
        tenant,
        user: owner.and_then(|owner| owner.user),
        browser_hash: browser,
        started_by: owner.map(|owner| owner.actor.clone()),
        redirect_uri: configured.settings.redirect_uri.as_str().to_owned(),
        sealed: app.vault.seal(started.verifier.expose().as_bytes(), &verifier_context(&hash))?,
        kind: wish.kind,
        scopes,
        return_url: wish.return_url.clone(),
        label: wish.label.clone(),
        parameters: wish.parameters.clone(),
        expires_at: app.clock.now() + LIFE,
    };
    states::keep(&app.pool, &row).await?;
    Ok(url)
}

/// What the vendor always wants in the address, and what the person said that belongs there.
fn extra<'a>(oauth: &'a OAuth2, configured: &'a Configured, parameters: &'a Parameters) -> Vec<(&'a str, &'a str)> {
    let fixed = oauth.authorize_extra.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let said = configured
        .provider
        .inputs
        .iter()
        .filter_map(|input| Some((input.query.as_deref()?, parameters.get(&input.name)?)));
    fixed.chain(said).collect()
}

/// Whether anybody can use the provider here, before anything else is looked at.
pub async fn usable(app: &App, slug: &str) -> Result<(), ConnectError> {
    Ok(settings::usable(app, slug).await?)
}

pub(super) fn verifier_context(state_hash: &[u8; 32]) -> Context {
    sealing::context(Place::States, hex::encode(state_hash))
}
