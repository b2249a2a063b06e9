//! What can only be read off: pools and caches at each scrape, queues and connections every few seconds.

use crate::{App, workers::pause};
use edge::Telling;
use kernel::meters;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Each look counts rows. Every replica looks, and finds the same.
const EVERY: Duration = Duration::from_secs(15);
/// The same while the service is not ready, so that its coming up is seen.
const SOON: Duration = Duration::from_secs(1);

/// Nobody looks where nobody reads the metrics.
pub fn start(app: &Arc<App>, telling: &mut Telling) {
    if !telling.is_measured() {
        return;
    }
    tokio::spawn(observe(Arc::clone(app)));
    let app = Arc::clone(app);
    telling.serve(move || {
        edge::measure_pool(app.pool.size(), app.pool.num_idle(), app.pool.options().get_max_connections());
        if let Some(age) = app.identity.keys_age_s() {
            metrics::gauge!(meters::JWKS_AGE.name).set(f64::from(i32::try_from(age).unwrap_or(i32::MAX)));
        }
    });
}

async fn observe(app: Arc<App>) {
    let (shutdown, mut seen) = (app.standing.shutdown.clone(), BTreeSet::new());
    while !shutdown.has_begun() {
        let is_ready = app.standing.is_unlocked() && db::is_current(&app.pool).await.unwrap_or(false);
        metrics::gauge!(meters::READY.name).set(f64::from(u8::from(is_ready && !shutdown.is_leaving())));
        if let Err(error) = look(&app, &mut seen).await {
            tracing::warn!(%error, "the queues cannot be measured now");
        }
        pause(&shutdown, if is_ready { EVERY } else { SOON }).await;
    }
}

/// `seen`: what has been told of connections; a provider or status that has none any more is told as zero.
async fn look(app: &App, seen: &mut BTreeSet<(String, String)>) -> Result<(), db::Error> {
    for queue in db::queues::look_for_any_tenant(&app.pool, app.clock.now()).await? {
        metrics::gauge!(meters::QUEUE_DEPTH.name, "queue" => queue.name.clone()).set(number(queue.depth));
        metrics::gauge!(meters::QUEUE_AGE.name, "queue" => queue.name.clone()).set(queue.age_s);
        if let Some(dead) = queue.dead {
            metrics::gauge!(meters::QUEUE_DEAD.name, "queue" => queue.name).set(number(dead));
        }
    }
    let told = |provider: &str, status: &str, count: i64| {
        let (provider, status) = (provider.to_owned(), status.to_owned());
        metrics::gauge!(meters::CONNECTIONS.name, "provider" => provider, "status" => status).set(number(count));
    };
    let counted = db::queues::connections_for_any_tenant(&app.pool).await?;
    let now: BTreeSet<_> = counted.iter().map(|(provider, status, _)| (provider.clone(), status.clone())).collect();
    for (provider, status) in seen.difference(&now) {
        told(provider, status, 0);
    }
    for (provider, status, count) in &counted {
        told(provider, status, *count);
    }
    *seen = now;
    Ok(())
}

/// Exact up to four milliards, which is what a gauge is looked at for.
fn number(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
