//! Ending a grant at its vendor: a job that outlives this process, and that is tried at once where somebody waits for it.

use super::{
    hooks::{self, Leaving},
    sealing,
    settings::{self, Origin},
    vend::VendError,
};
use crate::App;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use db::{
    connections::{self, Reach},
    reseal::Place,
};
use jobs::{Claimed, Failure};
use kernel::{Connection, ConnectionKind, JobId, Parameters, TenantId, sha256};
use oauth::{Grant, Refusal, TokenError};
use providers::{Call, CallError, Configured, Revocation, Revoke};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use vault::{Context, Sealed};

pub const KIND: &str = "revoke_grant";
const PAUSE: &str = "the vendor asks for a pause";
/// Gives the caller's own attempt time to succeed before the worker looks at the job.
const HEAD_START: TimeDelta = TimeDelta::minutes(1);
/// How long whoever waits for the end of a connection waits for its hooks, and how long the job does.
const HOOKS_NOW: Duration = Duration::from_secs(3);
const HOOKS_LATER: Duration = Duration::from_mins(1);
/// How long somebody waits where the grant itself is not to be ended, its renewal for the sake of the hooks included.
const ONLY_HOOKS_NOW: Duration = Duration::from_secs(5);
/// After so many attempts the grant is ended although hooks are left: they lead nowhere, and it is worth more.
const ATTEMPTS_WITH_HOOKS: i32 = 6;

#[derive(Serialize, Deserialize)]
struct Payload {
    provider: String,
    kind: ConnectionKind,
    /// The installation's id; empty for an account's grant.
    installation: String,
    tenant: Option<TenantId>,
    #[serde(default)]
    parameters: Parameters,
    client_id: Option<String>,
    /// Removed first, for it takes the grant.
    #[serde(default)]
    hooks: Vec<Leaving>,
    /// Only the hooks go: what else stands on the grant stays.
    #[serde(default)]
    keeps_grant: bool,
    /// The grant, sealed for this job alone.
    sealed: String,
    seal_row: String,
}

/// What is to be ended.
pub struct Ending<'a> {
    pub origin: Origin<'a>,
    pub kind: ConnectionKind,
    pub installation: &'a str,
    pub grant: &'a Grant,
    /// Removed first, for it takes the grant.
    pub hooks: &'a [Leaving],
    /// Only the hooks go: the end of the grant would reach others, or there is no way to it.
    pub keeps_grant: bool,
}

/// What the end of this connection's grant would take along at the vendor; `None`: nothing else, or it cannot be ended.
pub fn reach(connection: &Connection, revoke: Revoke) -> Option<Reach<'_>> {
    match (connection.kind, revoke) {
        // An installation is uninstalled.
        (ConnectionKind::Installation, _) => Some(Reach::Installation(&connection.account_id)),
        (ConnectionKind::Account, Revoke::Account) => Some(Reach::Account(&connection.account_id)),
        (ConnectionKind::Account, Revoke::Organization) => {
            Some(connection.org_id.as_deref().map_or(Reach::Account(&connection.account_id), Reach::Organization))
        }
        (ConnectionKind::Account, Revoke::Grant | Revoke::Nowhere) => None,
    }
}

/// Enqueues the revocation in the caller's transaction.
pub async fn enqueue(
    app: &App,
    transaction: &mut db::PgConnection,
    ending: &Ending<'_>,
) -> Result<Option<JobId>, VendError> {
    let seal_row = hex::encode(sha256(ending.grant.access_token.expose()));
    let sealed = app.vault.seal(ending.grant.to_plaintext()?.expose(), &context(&seal_row))?;
    let Origin { tenant, provider, parameters, client_id } = ending.origin;
    let payload = Payload {
        provider: provider.to_owned(),
        kind: ending.kind,
        installation: ending.installation.to_owned(),
        tenant,
        parameters: parameters.clone(),
        client_id: client_id.map(ToOwned::to_owned),
        hooks: ending.hooks.to_vec(),
        keeps_grant: ending.keeps_grant,
        sealed: STANDARD.encode(sealed.as_bytes()),
        seal_row: seal_row.clone(),
    };
    let payload = serde_json::to_value(payload).unwrap_or(Value::Null);
    Ok(jobs::enqueue(transaction, KIND, &seal_row, &payload, app.clock.now() + HEAD_START).await?)
}

/// Enqueues the revocation of a grant that belongs to no row. Of a grant whose account nobody knows, nobody can say who else
/// stands on it: where its end would reach further than itself, it is ended only if there is nobody else.
pub async fn orphan(
    app: &App,
    configured: &Configured,
    parameters: &Parameters,
    grant: &Grant,
) -> Result<(), VendError> {
    let origin = Origin {
        tenant: None,
        provider: &configured.provider.slug,
        parameters,
        client_id: Some(&configured.settings.client_id),
    };
    let ending =
        Ending { origin, kind: ConnectionKind::Account, installation: "", grant, hooks: &[], keeps_grant: false };
    let (slug, client_id) = (&configured.provider.slug, origin.client_id);
    let mut transaction = app.pool.begin().await?;
    let alone = match configured.provider.revoke() {
        Revoke::Nowhere => false,
        Revoke::Grant => true,
        Revoke::Account | Revoke::Organization => {
            !connections::is_shared_by_any_tenant(&mut *transaction, slug, Reach::Anybody, client_id, None).await?
        }
    };
    if !alone {
        tracing::warn!(provider = slug, "a grant that is nobody's is left to its own end");
        return Ok(());
    }
    enqueue(app, &mut transaction, &ending).await?;
    transaction.commit().await?;
    Ok(())
}

/// Tries now what has just been enqueued; `None`: the vendor has not answered, and the job goes on.
pub async fn now(app: &App, ending: &Ending<'_>, job: Option<JobId>) -> Option<Revocation> {
    let ended = end(app, ending, Some(HOOKS_NOW));
    let ended = if ending.keeps_grant {
        let late = || Failure::Again { error: "the vendor takes its time".to_owned(), after: None };
        tokio::time::timeout(ONLY_HOOKS_NOW, ended).await.unwrap_or_else(|_| Err(late()))
    } else {
        ended.await
    };
    match ended {
        Ok(ended) => {
            if let Some(job) = job
                && let Err(error) = jobs::complete(&app.pool, job).await
            {
                tracing::warn!(%error, "a finished revocation is not noted; it will be tried again, harmlessly");
            }
            Some(ended)
        }
        Err(failure) => {
            let provider = ending.origin.provider;
            tracing::warn!(provider, ?failure, "the vendor has not ended a grant yet; a job goes on");
            None
        }
    }
}

/// Runs the job.
pub async fn run(app: &App, job: &Claimed) -> Result<(), Failure> {
    let unreadable = |_| Failure::Final { error: "the job's payload cannot be read".to_owned() };
    let payload: Payload = serde_json::from_value(job.payload.clone()).map_err(unreadable)?;
    let grant = open(app, &payload)
        .ok_or_else(|| Failure::Final { error: "the job's grant does not open with the keys we have".to_owned() })?;
    let origin = Origin {
        tenant: payload.tenant,
        provider: &payload.provider,
        parameters: &payload.parameters,
        client_id: payload.client_id.as_deref(),
    };
    let ending = Ending {
        origin,
        kind: payload.kind,
        installation: &payload.installation,
        grant: &grant,
        hooks: &payload.hooks,
        keeps_grant: payload.keeps_grant,
    };
    let patience = (job.attempts <= ATTEMPTS_WITH_HOOKS || payload.keeps_grant).then_some(HOOKS_LATER);
    end(app, &ending, patience).await.map(|_| ())
}

fn open(app: &App, payload: &Payload) -> Option<Grant> {
    let sealed = Sealed::from_bytes(STANDARD.decode(&payload.sealed).ok()?).ok()?;
    let plaintext = app.vault.open(&sealed, &context(&payload.seal_row)).ok()?;
    Grant::from_plaintext(&plaintext).ok()
}

/// `hooks_within`: how long the removal of the hooks may take; `None`: they are left where they are.
async fn end(app: &App, ending: &Ending<'_>, hooks_within: Option<Duration>) -> Result<Revocation, Failure> {
    let again = |error: &str, after| Failure::Again { error: error.to_owned(), after };
    let configured = settings::of_grant(app, ending.origin).await.map_err(|error| again(&error.to_string(), None))?;
    let (vendor, now) = (&configured.provider.vendor, app.clock.now());
    let ended = match (ending.kind, vendor.installations()) {
        (ConnectionKind::Installation, Some(installations)) => {
            installations.uninstall(&configured, &app.client, ending.installation, now).await
        }
        (ConnectionKind::Account, _) | (ConnectionKind::Installation, None) => {
            let mut grant = ending.grant.clone();
            // Some vendors end a grant only by a token that lives.
            let read = |answer| vendor.read_token_answer(answer);
            if let (Some(end), Some(refresh_token)) = (grant.expires_at, &grant.refresh_token)
                && end <= now
                && let Some(endpoint) = configured.refresh_endpoint(&app.client, &read, now)
            {
                grant = match endpoint.refresh(refresh_token).await {
                    Ok(fresh) => fresh,
                    // Nothing is left to end.
                    Err(TokenError::Refused { refusal: Refusal::InvalidGrant, .. }) => {
                        return Ok(Revocation::AlreadyGone);
                    }
                    Err(error) => return Err(again(&error.to_string(), None)),
                };
            }
            let call = Call::new(&configured, &app.client, &grant.access_token, now);
            if let Some(patience) = hooks_within {
                let removed = tokio::time::timeout(patience, hooks::remove_all(call, ending.hooks)).await;
                match removed.unwrap_or(Err(CallError::Unavailable)) {
                    Ok(()) => {}
                    Err(CallError::RateLimited { retry_after }) => return Err(again(PAUSE, retry_after)),
                    Err(error) => return Err(again(&error.to_string(), None)),
                }
            }
            if ending.keeps_grant {
                return Ok(Revocation::NotOffered);
            }
            vendor.revoke(call, &grant).await
        }
    };
    match ended {
        Ok(ended) => Ok(ended),
        Err(CallError::NotFound) => Ok(Revocation::AlreadyGone),
        Err(CallError::RateLimited { retry_after }) => Err(again(PAUSE, retry_after)),
        Err(error) => Err(again(&error.to_string(), None)),
    }
}

fn context(row: &str) -> Context {
    sealing::context(Place::Jobs, row)
}
