//! What is to be watched: a hook for each that has none, and an end to those that are not wanted any more.

use super::{Halt, Keeper};
use crate::flows::deliver;
use db::hooks::{self, State};
use kernel::{HookId, sha256, token};
use providers::CallError;
use std::collections::BTreeSet;

/// Of one connection. What comes after is not watched, and fetched by its timer.
const MOST: usize = 100;

/// Brings the rows into line with what the vendor says is wanted. Returns why it did not say, where another attempt would
/// bring the same: the hooks there are stay.
pub(super) async fn settle(keeper: &Keeper<'_>) -> Result<Option<String>, Halt> {
    let scopes = &keeper.vended.connection.scopes;
    let wanted = match keeper.ask(keeper.registrar.wanted(keeper.call(), scopes)).await? {
        Ok(wanted) => wanted,
        Err(error @ (CallError::Refused | CallError::NotFound | CallError::Suspended | CallError::Misconfigured)) => {
            tracing::warn!(%error, provider = keeper.slug(), "the vendor does not say what can be watched");
            return Ok(Some(error.to_string()));
        }
        Err(error) => return Err(Halt::Vendor(error)),
    };
    let wanted: BTreeSet<String> = wanted.into_iter().take(MOST).map(|watch| watch.target).collect();
    let (pool, tenant, now) = (&keeper.app.pool, keeper.tenant(), keeper.app.clock.now());
    let rows = hooks::of_connection(pool, tenant, keeper.claimed.connection).await?;
    let living = || rows.iter().filter(|hook| hook.state != State::Removing);
    for hook in living().filter(|hook| !wanted.contains(&hook.target)) {
        hooks::retire(pool, tenant, hook.id, now).await?;
    }
    let watched: BTreeSet<&str> = living().map(|hook| hook.target.as_str()).collect();
    for target in wanted.iter().filter(|target| !watched.contains(target.as_str())) {
        open(keeper, pool, target).await?;
    }
    // The grant was given anew: what was refused may be granted now.
    for hook in living().filter(|hook| hook.state == State::Pending && wanted.contains(&hook.target)) {
        hooks::still_good(pool, tenant, hook.id, now).await?;
    }
    Ok(None)
}

/// Notes a hook with an id and a secret of its own, before the vendor hears of it.
pub(super) async fn open(keeper: &Keeper<'_>, executor: impl db::PgExecutor<'_>, target: &str) -> Result<(), Halt> {
    let (tenant, id, secret) = (keeper.tenant(), HookId::generate(), token());
    let sealed = keeper.app.vault.seal(secret.as_bytes(), &deliver::context(tenant, id))?;
    let new = hooks::New {
        id,
        connection: keeper.claimed.connection,
        provider: keeper.slug(),
        target,
        sealed: &sealed,
        secret_hash: sha256(&secret),
        client_id: &keeper.configured.settings.client_id,
    };
    Ok(hooks::open(executor, tenant, &new, keeper.app.clock.now()).await?)
}
