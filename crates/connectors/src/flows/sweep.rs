//! What was started and never finished goes away; grants that nobody claimed are ended at their vendors.

use super::{
    connect, forward, revoke,
    settings::{self, Origin},
    vend::VendError,
};
use crate::App;
use db::{
    agent_runs, budgets,
    connections::{self, Reach},
    pending, starts, states,
};
use kernel::ConnectionKind;
use providers::Revoke;

const BATCH: i64 = 100;

pub async fn pass(app: &App) -> Result<(), VendError> {
    let now = app.clock.now();
    states::sweep(&app.pool, now).await?;
    starts::sweep(&app.pool, now).await?;
    forward::sweep(app).await?;
    budgets::sweep(&app.pool, now).await?;
    agent_runs::end_lost_for_any_tenant(&app.pool, now).await?;
    let mut transaction = app.pool.begin().await?;
    for unclaimed in pending::take_expired(&mut *transaction, now, BATCH).await? {
        if !is_alone(app, &mut transaction, &unclaimed).await? {
            continue;
        }
        let grant = match connect::open_pending(app, unclaimed.id, unclaimed.sealed) {
            Ok(grant) => grant,
            // Nobody can end it any more; the others of the batch need not stay for it.
            Err(error) => {
                tracing::warn!(%error, provider = unclaimed.provider, "an unclaimed grant does not open and is dropped");
                continue;
            }
        };
        let origin = Origin {
            tenant: None,
            provider: &unclaimed.provider,
            parameters: &unclaimed.parameters.0,
            client_id: unclaimed.client_id.as_deref(),
        };
        for grant in [Some(&grant), grant.companion.as_deref()].into_iter().flatten() {
            let ending = revoke::Ending {
                origin,
                kind: ConnectionKind::Account,
                installation: "",
                grant,
                hooks: &[],
                keeps_grant: false,
            };
            revoke::enqueue(app, &mut transaction, &ending).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Whether ending the grant at the vendor would end nobody else's.
async fn is_alone(
    app: &App,
    transaction: &mut db::PgConnection,
    unclaimed: &pending::Claimed,
) -> Result<bool, db::Error> {
    let text = |name: &str| unclaimed.account.get(name).and_then(|value| value.as_str());
    let revoke = settings::known(app, &unclaimed.provider).map_or(Revoke::Nowhere, |provider| *provider.revoke());
    let reach = match revoke {
        Revoke::Nowhere => return Ok(false),
        Revoke::Grant => return Ok(true),
        Revoke::Account => text("id").map(Reach::Account),
        Revoke::Organization => text("org_id").map(Reach::Organization).or_else(|| text("id").map(Reach::Account)),
    };
    let Some(reach) = reach else { return Ok(false) };
    connections::hold_reach_for_any_tenant(&mut *transaction, &unclaimed.provider, reach).await?;
    let client_id = unclaimed.client_id.as_deref();
    let shared =
        connections::is_shared_by_any_tenant(&mut *transaction, &unclaimed.provider, reach, client_id, None).await?;
    Ok(!shared)
}
