//! A hook is registered. After a kill at any point the row is still there, with the same address and secret, and the vendor
//! finds what it has already.

use super::{Halt, Keeper, times};
use crate::flows::{
    audit::story::{self, Turn},
    deliver,
};
use db::hooks::{self, Hook};
use kernel::{HookId, Secret, TenantId};
use providers::{CallError, Order, Registered};
use serde_json::json;
use url::Url;
use vault::Sealed;

pub(super) async fn one(keeper: &Keeper<'_>, hook: &Hook) -> Result<Result<(), CallError>, Halt> {
    let (app, tenant) = (keeper.app, keeper.tenant());
    let opened = app.vault.open(&Sealed::from_bytes(hook.sealed.clone())?, &deliver::context(tenant, hook.id))?;
    let (Ok(secret), Some(callback)) = (std::str::from_utf8(&opened), callback(keeper, tenant, hook.id)) else {
        return Ok(Err(CallError::Misconfigured));
    };
    let (secret, id) = (Secret::from(secret), deliver::simple(&hook.id));
    let order = Order { target: &hook.target, callback: &callback, id: &id, secret: &secret };
    let said = match keeper.ask(keeper.registrar.register(keeper.call(), order)).await? {
        Ok(said) => said,
        Err(error) => return Ok(Err(error)),
    };
    let now = app.clock.now();
    let times = times::until(said.expires_at, now);
    let note = hooks::Registered {
        external_id: &said.external_id,
        resource: said.resource.as_deref(),
        expires_at: said.expires_at,
        renew_at: times.renew_at,
        due_at: times.due_at,
        misses_from: keeper.registrar.missed().map(|_| now),
        // It may have been noted for a client that has been replaced since.
        client_id: &keeper.configured.settings.client_id,
    };
    let mut transaction = app.pool.begin().await?;
    let is_noted = hooks::registered(&mut *transaction, tenant, hook.id, &note).await?;
    if is_noted {
        let detail = json!({ "hook_id": hook.id, "watches": hook.target, "until": said.expires_at });
        story::tell(&mut *transaction, keeper.of(), Turn::HookRegistered, detail, now).await?;
    }
    transaction.commit().await?;
    // What the door remembers of it does not have the vendor's ids yet.
    app.memory.hooks.invalidate(&hook.id).await;
    if is_noted {
        return Ok(Ok(()));
    }
    take_back(keeper, hook, &said).await;
    Err(Halt::TakenOver)
}

/// The connection ended while the vendor answered, and nobody else knows of this hook.
async fn take_back(keeper: &Keeper<'_>, hook: &Hook, said: &Registered) {
    if let Err(error) = keeper.registrar.remove(keeper.call(), &hook.target, said).await {
        tracing::warn!(%error, provider = keeper.slug(), "a hook of a connection that has ended stays at its vendor");
    }
}

fn callback(keeper: &Keeper<'_>, tenant: TenantId, id: HookId) -> Option<Url> {
    let slug = keeper.slug();
    let path = if keeper.registrar.is_one_address() {
        format!("/webhooks/{slug}?hook={id}")
    } else {
        format!("/webhooks/{slug}/{tenant}?hook={id}")
    };
    keeper.app.config.urls.public(&path).parse().ok()
}
