//! Deliveries that a vendor tried in vain and does not try again by itself are fetched back: it is asked for another attempt, and
//! what then arrives is a delivery like any other, once.
//!
//! How far that is done is a mark that moves when nothing is missing any more, so that what one look leaves over, and what failed
//! again, is found by the next.

use super::registrar;
use crate::{
    App,
    flows::{
        settings::{self, Origin},
        vend::{self, Want},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    grants,
    hooks::{self, AppHook, MissedHook},
    provider_configs,
};
use futures_util::{StreamExt, stream};
use kernel::{ConnectionId, GrantKey, Parameters, TenantId};
use providers::{CallError, Configured, Registered};
use std::{collections::BTreeMap, sync::Arc};

/// How often each is looked at, and how soon again after something was asked for.
const EVERY: TimeDelta = TimeDelta::minutes(15);
const AGAIN: TimeDelta = TimeDelta::minutes(5);
/// Nobody at work for this long is an outage.
const OUTAGE: TimeDelta = TimeDelta::minutes(2);
/// A delivery that began before the mark may have ended in vain after it, and clocks differ.
const BEFORE: TimeDelta = TimeDelta::minutes(10);
/// Longer no vendor remembers.
const LONGEST: TimeDelta = TimeDelta::days(3);
/// Apps and hooks of one pass, and tenants with apps of their own.
const MOST_APPS: i64 = 20;
const MOST_HOOKS: i64 = 100;
const MOST_TENANTS: i64 = 1000;
/// Connections that are asked for at the same time.
const AT_ONCE: usize = 8;

/// Says that somebody is at work. If nobody was for a while, missed deliveries are fetched back at once.
pub async fn beat(app: &App) -> Result<(), db::Error> {
    let now = app.clock.now();
    let last = hooks::beat(&app.pool, now).await?;
    if let Some(last) = last.filter(|last| now - *last > OUTAGE) {
        tracing::info!(%last, "nobody was at work for a while; missed deliveries are fetched back");
        hooks::everything_is_due_for_any_tenant(&app.pool, now).await?;
    }
    Ok(())
}

/// One pass over whose turn it is. Returns how many deliveries were asked for.
pub async fn pass(app: &Arc<App>) -> Result<usize, db::Error> {
    let now = app.clock.now();
    know_apps(app, now).await?;
    let mut asked = 0;
    for of in hooks::claim_apps(&app.pool, now, now + EVERY, MOST_APPS).await? {
        asked += of_app(app, &of, now).await?;
    }
    let mut of_connections: BTreeMap<(TenantId, ConnectionId), Vec<MissedHook>> = BTreeMap::new();
    for hook in hooks::claim_missed_for_any_tenant(&app.pool, now, now + EVERY, MOST_HOOKS).await? {
        of_connections.entry((hook.tenant, hook.connection)).or_default().push(hook);
    }
    let of_connections = stream::iter(of_connections);
    let mut answers = of_connections
        .map(async |((tenant, connection), missed)| of_hooks(app, tenant, connection, &missed, now).await)
        .buffer_unordered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        asked += answer?;
    }
    Ok(asked)
}

/// The environment's apps, and tenants' own.
async fn know_apps(app: &App, now: DateTime<Utc>) -> Result<(), db::Error> {
    hooks::forget_apps_for_any_tenant(&app.pool).await?;
    let registry = app.providers.get();
    for provider in registry.all().filter(|one| registrar(one).is_some_and(|one| one.missed().is_some())) {
        if registry.settings(&provider.slug).is_some_and(|settings| settings.app.is_some()) {
            hooks::know_app(&app.pool, TenantId::UNADDRESSED, &provider.slug, now).await?;
        }
        for tenant in provider_configs::with_app_for_any_tenant(&app.pool, &provider.slug, MOST_TENANTS).await? {
            hooks::know_app(&app.pool, tenant, &provider.slug, now).await?;
        }
    }
    Ok(())
}

fn since(caught_up_to: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    (caught_up_to - BEFORE).max(now - LONGEST)
}

async fn of_app(app: &App, of: &AppHook, now: DateTime<Utc>) -> Result<usize, db::Error> {
    let AppHook { tenant, provider, caught_up_to } = of;
    let own = (*tenant != TenantId::UNADDRESSED).then_some(*tenant);
    let asked = match settings::configured(app, own, provider, &Parameters::default()).await {
        Ok(configured) => redeliver(app, &configured, since(*caught_up_to, now), now).await.map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match asked {
        Ok(0) => hooks::app_caught_up(&app.pool, *tenant, provider, now).await?,
        Ok(asked) => {
            tracing::info!(provider, asked, "missed deliveries of an app were asked for again");
            hooks::app_is_due(&app.pool, *tenant, provider, now + AGAIN).await?;
            return Ok(asked);
        }
        Err(error) => {
            tracing::warn!(error, provider, "missed deliveries of an app cannot be asked for now");
            hooks::app_failed(&app.pool, *tenant, provider, &error).await?;
        }
    }
    Ok(0)
}

async fn redeliver(
    app: &App,
    configured: &Configured,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<usize, CallError> {
    let missed = registrar(&configured.provider).and_then(|registrar| registrar.missed());
    match missed {
        Some(missed) => missed.redeliver(configured, &app.client, since, now).await,
        None => Ok(0),
    }
}

/// The hooks of one connection, until the vendor asks for a pause.
async fn of_hooks(
    app: &Arc<App>,
    tenant: TenantId,
    connection: ConnectionId,
    missed: &[MissedHook],
    now: DateTime<Utc>,
) -> Result<usize, db::Error> {
    let key = GrantKey::primary(connection);
    // Without a token there is nothing to ask with; what that means is the connection's own affair.
    let Ok(vended) = vend::vend(app, tenant, key, Want::Fresh).await else { return Ok(0) };
    let Some(stored) = grants::find(&app.pool, tenant, key).await? else { return Ok(0) };
    let origin = Origin::of(&vended.connection, stored.client_id.as_deref());
    let Ok(configured) = settings::of_grant(app, origin).await else { return Ok(0) };
    let Some(from) = registrar(&configured.provider).and_then(|registrar| registrar.missed()) else { return Ok(0) };
    let mut all = 0;
    for hook in missed {
        let MissedHook { external_id, resource, .. } = hook;
        let at_vendor = Registered { external_id: external_id.clone(), resource: resource.clone(), expires_at: None };
        let call = vend::call(app, &configured, &vended);
        match from.redeliver_of(call, &hook.target, &at_vendor, since(hook.caught_up_to, now)).await {
            Ok(0) => hooks::caught_up(&app.pool, tenant, hook.id, now, now + EVERY).await?,
            Ok(asked) => {
                tracing::info!(hook = %hook.id, asked, "missed deliveries of a hook were asked for again");
                hooks::caught_up(&app.pool, tenant, hook.id, hook.caught_up_to, now + AGAIN).await?;
                all += asked;
            }
            Err(error) => {
                tracing::warn!(%error, hook = %hook.id, "missed deliveries of a hook cannot be asked for now");
                if matches!(error, CallError::RateLimited { .. } | CallError::Unavailable | CallError::Unauthorized) {
                    break;
                }
            }
        }
    }
    Ok(all)
}
