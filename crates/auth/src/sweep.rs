//! What is done once an hour: forgetting what nobody will present again (sessions, links and social sign-ins that have
//! expired, keys whose tokens have), and looking how many people still have an old kind of password hash.

use crate::{App, keys::PUBLISHED_AFTER};
use chrono::TimeDelta;
use edge::Shutdown;
use std::{sync::Arc, time::Duration};

const EVERY: Duration = Duration::from_hours(1);
/// An expired link is kept for this long, so that whoever opens it is told that it expired.
const EXPIRED_LINKS: TimeDelta = TimeDelta::days(1);

/// Runs once an hour until shutdown. Replicas may sweep at the same time; a row is deleted once.
pub async fn sweep_leftovers(app: Arc<App>, shutdown: Shutdown) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = pass(&app).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what has expired stays until later");
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

async fn pass(app: &App) -> Result<(), db::Error> {
    let now = app.clock.now();
    let sessions = db::auth::sessions::delete_expired(&app.pool, now).await?;
    let links = db::auth::links::delete_expired(&app.pool, now - EXPIRED_LINKS).await?;
    let states = db::auth::sign_in_states::delete_expired(&app.pool, now).await?;
    let keys = db::auth::signing_keys::delete_retired(&app.pool, now - PUBLISHED_AFTER).await?;
    if sessions + links + states + keys > 0 {
        tracing::info!(sessions, links, states, keys, "what had expired was deleted");
    }
    Ok(())
}
