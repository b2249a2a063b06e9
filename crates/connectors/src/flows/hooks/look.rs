//! Whether the vendor still has a hook. Some lose them, some switch off what failed for long, and none says so.

use super::{Halt, Keeper, remove, renew, times};
use chrono::{DateTime, TimeDelta, Utc};
use db::hooks::{self, Hook};
use providers::{CallError, Standing};

pub(super) async fn one(keeper: &Keeper<'_>, hook: &Hook) -> Result<Result<(), CallError>, Halt> {
    let (app, tenant, now) = (keeper.app, keeper.tenant(), keeper.app.clock.now());
    let standing = match remove::at_vendor(hook) {
        Some(registered) => keeper.ask(keeper.registrar.look(keeper.call(), &hook.target, &registered)).await?,
        None => Ok(Standing::Missing),
    };
    match standing {
        Ok(Standing::Good { expires_at }) if has_moved(hook.expires_at, expires_at) => {
            hooks::extended(&app.pool, tenant, hook.id, &times::until(expires_at, now)).await?;
        }
        Ok(Standing::Good { .. } | Standing::Unknown) => {
            let look_at = now + times::daily();
            let due_at = hook.renew_at.map_or(look_at, |at| at.min(look_at));
            hooks::still_good(&app.pool, tenant, hook.id, due_at).await?;
        }
        Ok(Standing::Missing) => {
            tracing::warn!(hook = %hook.id, provider = keeper.slug(), "the vendor has lost a hook; it is registered anew");
            renew::replace(keeper, hook, TimeDelta::zero()).await?;
        }
        Err(error) => return Ok(Err(error)),
    }
    Ok(Ok(()))
}

/// Vendors round.
fn has_moved(known: Option<DateTime<Utc>>, said: Option<DateTime<Utc>>) -> bool {
    match (known, said) {
        (Some(known), Some(said)) => (said - known).abs() > TimeDelta::minutes(1),
        (None, Some(_)) => true,
        (_, None) => false,
    }
}
