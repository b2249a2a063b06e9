//! Hooks go: one that is replaced or not wanted any more, or all of a connection that ends.

use super::{Halt, Keeper, registrar};
use crate::{
    App,
    flows::audit::story::{self, Turn},
};
use chrono::TimeDelta;
use db::hooks::{self, Hook, State};
use futures_util::{StreamExt, stream};
use kernel::Connection;
use providers::{Call, CallError, Registered};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An old one stays while its successor is not there yet.
const WAITS: TimeDelta = TimeDelta::minutes(15);
/// A vendor that does not let go of it after so many attempts keeps it, and is answered that there is no such address.
const ATTEMPTS: i32 = 8;
/// Questions under way at the same time, of a connection that ends.
const AT_ONCE: usize = 8;

/// A hook as the vendor knows it, once it does.
pub(super) fn at_vendor(hook: &Hook) -> Option<Registered> {
    Some(Registered {
        external_id: hook.external_id.clone()?,
        resource: hook.resource.clone(),
        expires_at: hook.expires_at,
    })
}

pub(super) async fn one(keeper: &Keeper<'_>, hook: &Hook) -> Result<Result<(), CallError>, Halt> {
    let (pool, tenant, now) = (&keeper.app.pool, keeper.tenant(), keeper.app.clock.now());
    let is_over = hook.expires_at.is_some_and(|end| end <= now);
    let others = hooks::of_connection(pool, tenant, keeper.claimed.connection).await?;
    let waits = others.iter().any(|other| other.state == State::Pending && other.target == hook.target);
    if waits && !is_over {
        hooks::still_good(pool, tenant, hook.id, now + WAITS).await?;
        return Ok(Ok(()));
    }
    let besides = (tenant, keeper.claimed.connection);
    if let Some(registered) = at_vendor(hook).filter(|_| !is_over && hook.attempts < ATTEMPTS)
        && !hooks::is_elsewhere_for_any_tenant(pool, keeper.slug(), hook, besides).await?
        && let Err(error) = keeper.ask(keeper.registrar.remove(keeper.call(), &hook.target, &registered)).await?
    {
        return Ok(Err(error));
    }
    let mut transaction = pool.begin().await?;
    hooks::forget(&mut *transaction, tenant, hook.id).await?;
    let detail = json!({ "hook_id": hook.id, "watches": hook.target });
    story::tell(&mut *transaction, keeper.of(), Turn::HookRemoved, detail, now).await?;
    transaction.commit().await?;
    keeper.app.memory.hooks.invalidate(&hook.id).await;
    Ok(Ok(()))
}

/// A hook of a connection that has ended, as the job that removes it knows it. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    target: String,
    external_id: String,
    resource: Option<String>,
}

/// What has to be removed at the vendor because the connection ends: not what has ended by itself, and not what another
/// connection has too.
pub async fn leaving(
    app: &App,
    transaction: &mut db::PgConnection,
    connection: &Connection,
) -> Result<Vec<Leaving>, db::Error> {
    let (now, besides) = (app.clock.now(), (connection.tenant, connection.id));
    let mut leaving = Vec::new();
    for hook in hooks::of_connection(&mut *transaction, connection.tenant, connection.id).await? {
        app.memory.hooks.invalidate(&hook.id).await;
        let Some(registered) = at_vendor(&hook).filter(|there| there.expires_at.is_none_or(|end| end > now)) else {
            continue;
        };
        let provider = &connection.provider;
        if hooks::is_elsewhere_for_any_tenant(&mut *transaction, provider, &hook, besides).await? {
            continue;
        }
        let Registered { external_id, resource, expires_at: _ } = registered;
        leaving.push(Leaving { target: hook.target, external_id, resource });
    }
    Ok(leaving)
}

/// Removes them at the vendor. What it refuses stays there and leads nowhere; an error is one that may pass.
pub async fn remove_all(call: Call<'_>, leaving: &[Leaving]) -> Result<(), CallError> {
    let Some(registrar) = registrar(&call.configured.provider) else { return Ok(()) };
    let remove = async |hook: &Leaving| {
        let Leaving { target, external_id, resource } = hook.clone();
        let registered = Registered { external_id, resource, expires_at: None };
        registrar.remove(call, &target, &registered).await
    };
    let mut removed = stream::iter(leaving).map(remove).buffer_unordered(AT_ONCE);
    let mut passing = None;
    while let Some(result) = removed.next().await {
        match result {
            Ok(()) => {}
            Err(error @ (CallError::RateLimited { .. } | CallError::Unavailable)) => passing = Some(error),
            Err(error) => {
                let provider = &call.configured.provider.slug;
                tracing::warn!(%error, provider, "a hook of a connection that has ended stays at its vendor");
            }
        }
    }
    passing.map_or(Ok(()), Err)
}
