//! What is done once an hour: forgetting sessions that nobody will present again, and looking how many people still have
//! an old kind of password hash.

use crate::App;
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
        match db::auth::sessions::delete_expired(&app.pool, app.clock.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "expired sessions were deleted"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "expired sessions stay until later"),
        }
        follow_password_kinds(&app).await;
    }
}

/// Unknown addresses take the time of the kinds of hashes that known ones have.
async fn follow_password_kinds(app: &App) {
    match db::auth::accounts::password_kinds(&app.pool).await {
        Ok(kinds) => app.passwords.follow(&kinds),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the kinds of hashes are not known"),
    }
}
