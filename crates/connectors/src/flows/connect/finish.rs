//! The way back: the state is used up, the code becomes tokens, the tokens say whose account it is, and all of it is
//! committed together.

use super::{
    BrowserHash, ConnectError, LIFE, installation,
    save::{self, Owner, pending_context},
    start::{configured, verifier_context},
};
use crate::{App, flows::revoke};
use db::{connections::kind_of, pending, states};
use kernel::{Connection, ConnectionKind, Secret, TenantId, UserId, sha256, token};
use oauth::Grant;
use providers::{Account, Call, Configured};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// What a vendor's redirect carries.
#[derive(Default)]
pub struct Callback {
    pub state: Option<String>,
    pub code: Option<Secret>,
    /// The vendor's or the person's refusal.
    pub error: Option<String>,
    pub installation_id: Option<String>,
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
    let configured = configured(app, provider)?;
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
    if kind_of(&state.kind) == ConnectionKind::Installation {
        let owner = owner.ok_or(ConnectError::InstallationRefused)?;
        let id = callback.installation_id.ok_or(ConnectError::NoCode)?;
        let connection = installation::link(app, configured, owner, &id, state.label).await?;
        return Ok(Finished::Connected { connection: Box::new(connection), return_url });
    }
    let code = callback.code.ok_or(ConnectError::NoCode)?;
    let verifier = app.vault.open(&vault::Sealed::from_bytes(state.sealed)?, &verifier_context(&hash))?;
    let verifier = std::str::from_utf8(&verifier).map_err(|_| ConnectError::Stored)?;
    let (grant, account) = redeem(app, configured, &code, &state.redirect_uri, &verifier.into(), &state.scopes).await?;
    match (owner, bearer) {
        (Some(owner), _) => {
            let (slug, kind) = (configured.provider.slug, ConnectionKind::Account);
            let connection = save::connection(app, slug, kind, owner, account, &grant, state.label).await?;
            Ok(Finished::Connected { connection: Box::new(connection), return_url })
        }
        (None, states::Bearer::Browser(browser)) => {
            let link_code = keep_pending(app, provider, browser, &account, &grant, state.label).await?;
            Ok(Finished::Pending { link_code, account, return_url })
        }
        // `states::take` brings an operator only states of their tenant.
        (None, states::Bearer::Operator(_)) => Err(ConnectError::State),
    }
}

/// The code for tokens, and the tokens for a name.
async fn redeem(
    app: &App,
    configured: &Configured,
    code: &Secret,
    redirect_uri: &str,
    verifier: &Secret,
    asked: &[String],
) -> Result<(Grant, Account), ConnectError> {
    let now = app.clock.now();
    let vendor = configured.provider.vendor;
    let read = |answer| vendor.read_token_answer(answer);
    let redirect_uri = redirect_uri.parse().map_err(|_| ConnectError::Stored)?;
    let endpoint = configured.token_endpoint(&app.client, &read, now);
    let mut grant = endpoint.exchange(code, &redirect_uri, Some(verifier)).await?;
    let account = match vendor.identify(Call::new(configured, &app.client, &grant.access_token, now)).await {
        Ok(account) => account,
        Err(error) => {
            // Tokens that cannot be stored must not live on at the vendor.
            revoke::later(app, configured.provider.slug, &grant).await?;
            return Err(error.into());
        }
    };
    if let Some(scopes) = &account.scopes {
        grant.scopes.clone_from(scopes);
    } else if grant.scopes.is_empty() {
        // A vendor that says nothing about scopes granted those asked for (RFC 6749 5.1).
        grant.scopes = asked.to_vec();
    }
    Ok((grant, account))
}

async fn keep_pending(
    app: &App,
    provider: &str,
    browser: BrowserHash,
    account: &Account,
    grant: &Grant,
    label: Option<String>,
) -> Result<String, ConnectError> {
    let (id, link_code) = (Uuid::now_v7(), token());
    let plaintext = grant.to_plaintext().map_err(|_| ConnectError::Stored)?;
    let row = pending::Pending {
        id,
        code_hash: sha256(&link_code),
        browser_hash: browser,
        provider: provider.to_owned(),
        account: json!({ "id": account.id, "org_id": account.org_id, "display_name": account.display_name }),
        scopes: grant.scopes.clone(),
        sealed: app.vault.seal(plaintext.expose(), &pending_context(id))?,
        label,
        expires_at: app.clock.now() + LIFE,
    };
    pending::keep(&app.pool, &row).await?;
    Ok(link_code)
}
