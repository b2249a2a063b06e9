//! A hook nears its end: it is lengthened, or another one takes its place before that.

use super::{Halt, Keeper, remove, times, want};
use chrono::TimeDelta;
use db::hooks::{self, Hook};
use providers::{CallError, Renewal};

/// How long the old one goes on beside the new one. What both tell is the same delivery only where the vendor names it so.
const OVERLAP: TimeDelta = TimeDelta::minutes(1);

pub(super) async fn one(keeper: &Keeper<'_>, hook: &Hook) -> Result<Result<(), CallError>, Halt> {
    let now = keeper.app.clock.now();
    let Some(registered) = remove::at_vendor(hook) else {
        replace(keeper, hook, TimeDelta::zero()).await?;
        return Ok(Ok(()));
    };
    if hook.expires_at.is_some_and(|end| end <= now) {
        // Nobody was here to renew it in time.
        tracing::warn!(hook = %hook.id, provider = keeper.slug(), "a hook has ended and is registered anew");
        replace(keeper, hook, TimeDelta::zero()).await?;
        return Ok(Ok(()));
    }
    match keeper.ask(keeper.registrar.renew(keeper.call(), &registered)).await? {
        Ok(Renewal::Extended { expires_at }) => {
            let times = times::until(expires_at, now);
            hooks::extended(&keeper.app.pool, keeper.tenant(), hook.id, &times).await?;
            Ok(Ok(()))
        }
        Ok(Renewal::Replace) => {
            replace(keeper, hook, OVERLAP).await?;
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// Another one, with an address and a secret of its own. The old one goes after `overlap`, and not before the new one is there.
pub(super) async fn replace(keeper: &Keeper<'_>, old: &Hook, overlap: TimeDelta) -> Result<(), Halt> {
    let (app, tenant) = (keeper.app, keeper.tenant());
    let mut transaction = app.pool.begin().await?;
    hooks::retire(&mut *transaction, tenant, old.id, app.clock.now() + overlap).await?;
    want::open(keeper, &mut *transaction, &old.target).await?;
    transaction.commit().await?;
    Ok(())
}
