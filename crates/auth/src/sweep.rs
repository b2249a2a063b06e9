//! Forgetting sessions that nobody will present again, and keys whose tokens have all expired.

use crate::{App, keys::PUBLISHED_AFTER};
use edge::Shutdown;
use std::{sync::Arc, time::Duration};

const EVERY: Duration = Duration::from_hours(1);

/// Runs once an hour until shutdown. Replicas may sweep at the same time; a row is deleted once.
pub async fn sweep_expired_sessions(app: Arc<App>, shutdown: Shutdown) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            _ = ticks.tick() => {}
        }
        let now = app.clock.now();
        match db::auth::signing_keys::delete_retired(&app.pool, now - PUBLISHED_AFTER).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "retired signing keys were deleted"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "retired signing keys stay until later");
            }
        }
        match db::auth::sessions::delete_expired(&app.pool, now).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "expired sessions were deleted"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "expired sessions stay until later"),
        }
    }
}
