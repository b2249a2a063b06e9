//! The way back: the state is used up, the code becomes tokens, the tokens say whose account it is, and all of it is
//! committed together.

use super::{
    BrowserHash, ConnectError, LIFE, installation,
    save::{self, Made, Owner, pending_context},
    start::verifier_context,
};
use crate::{
    App,
    flows::{revoke, settings},
};
use db::{connections::kind_of, pending, states};
use kernel::{Connection, ConnectionKind, Parameters, Secret, TenantId, UserId, sha256, token};
use oauth::{Grant, Pkce};
use providers::{Account, Call, Configured};
use serde_json::json;
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

/// What a vendor's redirect carries.
#[derive(Default)]
pub struct Callback {
    pub state: Option<String>,
    pub code: Option<Secret>,
    /// The vendor's or the person's refusal.
    pub error: Option<String>,
    pub installation_id: Option<String>,
    /// Who says it answers (RFC 9207).
    pub iss: Option<String>,
    /// Everything else it said.
    pub others: Parameters,
}

/// How a flow ended.
pub enum Finished {
    Connected {
        connection: Box<Connection>,
        return_url: Option<String>,
    },
    /// Nobody was signed in: the code claims it, from this browser, within ten minutes.
    Pending {
        link_code: String,
        account: Account,
        return_url: Option<String>,
    },
    /// The person or the vendor said no. `error` is reduced to a word.
    Denied {
        error: String,
        return_url: Option<String>,
    },
}

/// Runs to its end even when the browser goes away meanwhile: a code can be redeemed once only, and tokens that nobody
/// keeps would live on at the vendor.
pub async fn finish(
    app: &Arc<App>,
    provider: &str,
    callback: Callback,
    bearer: states::Bearer,
) -> Result<Finished, ConnectError> {
    let (task_app, provider) = (Arc::clone(app), provider.to_owned());
    let finishing = app.memory.unfinished.spawn(async move { complete(&task_app, &provider, callback, bearer).await });
    finishing.await.map_err(|_| ConnectError::Interrupted)?
}

async fn complete(
    app: &Arc<App>,
    provider: &str,
    callback: Callback,
    bearer: states::Bearer,
) -> Result<Finished, ConnectError> {
    settings::usable(app, provider).await?;
    let hash = sha256(callback.state.as_deref().ok_or(ConnectError::State)?);
    let state = states::take(&app.pool, &hash, provider, bearer, app.clock.now()).await?;
    let state = state.ok_or(ConnectError::State)?;
    let return_url = state.return_url.clone();
    if let Some(error) = callback.error {
        let word = error.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(64).collect();
        return Ok(Finished::Denied { error: word, return_url });
    }
    let owner = state.tenant.zip(state.started_by).map(|(tenant, actor)| Owner {
        tenant: TenantId::from_uuid(tenant),
        user: state.user.map(UserId::from_uuid),
        actor,
    });
    let tenant = owner.as_ref().map(|owner| owner.tenant);
    let before = settings::configured(app, tenant, provider, &state.parameters.0).await?;
    if !answers(&before, callback.iss.as_deref()) {
        return Err(ConnectError::State);
    }
    if kind_of(&state.kind) == ConnectionKind::Installation {
        let owner = owner.ok_or(ConnectError::InstallationRefused)?;
        let id = callback.installation_id.ok_or(ConnectError::NoCode)?;
        let connection = installation::link(app, &before, owner, &id, state.label).await?;
        return Ok(Finished::Connected { connection: Box::new(connection), return_url });
    }
    let code = callback.code.ok_or(ConnectError::NoCode)?;
    let verifier = app.vault.open(&vault::Sealed::from_bytes(state.sealed)?, &verifier_context(&hash))?;
    let verifier = std::str::from_utf8(&verifier).map_err(|_| ConnectError::Stored)?;
    // Where the code is to be redeemed may stand in the redirect, which anybody can write: the vendor's code says whether
    // such a place is the vendor's before our secret travels there.
    let parameters = state.parameters.0.with(&before.provider.vendor.read_redirect(&callback.others));
    let redeeming = Redeeming {
        code: &code,
        redirect_uri: &state.redirect_uri,
        verifier: &verifier.into(),
        asked: &state.scopes,
        parameters,
    };
    let made = redeem(app, &before, redeeming, state.label).await?;
    match (owner, bearer) {
        (Some(owner), _) => {
            let connection = save::connection(app, &before.provider, owner, made).await?;
            Ok(Finished::Connected { connection: Box::new(connection), return_url })
        }
        (None, states::Bearer::Browser(browser)) => {
            let account = made.account.clone();
            let link_code = keep_pending(app, provider, browser, made).await?;
            Ok(Finished::Pending { link_code, account, return_url })
        }
        // `states::take` brings an operator only states of their tenant.
        (None, states::Bearer::Operator(_)) => Err(ConnectError::State),
    }
}

/// Whether the redirect comes from the server that was asked, as far as it says who it is (RFC 9207): a code of another
/// server must not be redeemed at this one.
fn answers(configured: &Configured, iss: Option<&str>) -> bool {
    let Some(iss) = iss else { return true };
    let Ok(iss) = iss.parse::<Url>() else { return false };
    [&configured.endpoints.authorize, &configured.endpoints.token].iter().any(|ours| ours.origin() == iss.origin())
}

struct Redeeming<'a> {
    code: &'a Secret,
    redirect_uri: &'a str,
    verifier: &'a Secret,
    asked: &'a [String],
    parameters: Parameters,
}

/// The code for tokens, and the tokens for a name.
async fn redeem(
    app: &App,
    before: &Configured,
    with: Redeeming<'_>,
    label: Option<String>,
) -> Result<Made, ConnectError> {
    let now = app.clock.now();
    let configured = before.at(&with.parameters).map_err(settings::SettingsError::from)?;
    let vendor = &configured.provider.vendor;
    let oauth = configured.provider.oauth().ok_or(ConnectError::Pasted)?;
    let read = |answer| vendor.read_token_answer(answer);
    let redirect_uri = with.redirect_uri.parse().map_err(|_| ConnectError::Stored)?;
    let endpoint = configured.token_endpoint(&app.client, &read, now).ok_or(ConnectError::Pasted)?;
    let verifier = Some(with.verifier).filter(|_| oauth.pkce == Pkce::S256);
    let mut grant = endpoint.exchange(with.code, &redirect_uri, verifier).await?;
    if let Some(life) = oauth.consent_life {
        grant.refresh_expires_at = Some(now + life);
    }
    let parameters = with.parameters.with(&grant.parameters);
    let account = match identify(app, &configured, &parameters, &grant).await {
        Ok(account) => account,
        Err(error) => {
            // Tokens that cannot be stored must not live on at the vendor. A place that is refused is none to end them at.
            let place = if configured.at(&parameters).is_ok() { &parameters } else { &with.parameters };
            revoke::orphan(app, &configured, place, &grant).await?;
            return Err(error);
        }
    };
    if let Some(scopes) = &account.scopes {
        grant.scopes.clone_from(scopes);
    } else if grant.scopes.is_empty() {
        // A vendor that says nothing about scopes granted those asked for (RFC 6749 5.1).
        grant.scopes = with.asked.to_vec();
    }
    let client_id = Some(configured.settings.client_id.clone());
    let requested_scopes = Some(with.asked.to_vec());
    Ok(Made { kind: ConnectionKind::Account, account, grant, client_id, requested_scopes, parameters, label })
}

/// At the place that the token answer may have named.
async fn identify(
    app: &App,
    configured: &Configured,
    parameters: &Parameters,
    grant: &Grant,
) -> Result<Account, ConnectError> {
    let there = configured.at(parameters).map_err(settings::SettingsError::from)?;
    let call = Call::new(&there, &app.client, &grant.access_token, app.clock.now());
    Ok(there.provider.vendor.identify(call, grant).await?)
}

async fn keep_pending(app: &App, provider: &str, browser: BrowserHash, made: Made) -> Result<String, ConnectError> {
    let (id, link_code) = (Uuid::now_v7(), token());
    let Made { account, grant, client_id, requested_scopes, parameters, label, kind: _ } = made;
    let plaintext = grant.to_plaintext().map_err(|_| ConnectError::Stored)?;
    let row = pending::Pending {
        id,
        code_hash: sha256(&link_code),
        browser_hash: browser,
        provider: provider.to_owned(),
        account: json!({ "id": account.id, "org_id": account.org_id, "display_name": account.display_name }),
        scopes: grant.scopes.clone(),
        requested_scopes,
        sealed: app.vault.seal(plaintext.expose(), &pending_context(id))?,
        label,
        parameters,
        resources: account.resources,
        client_id,
        expires_at: app.clock.now() + LIFE,
    };
    pending::keep(&app.pool, &row).await?;
    Ok(link_code)
}
