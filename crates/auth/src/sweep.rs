//! What is done once an hour: forgetting what nobody will present again (sessions, links and social sign-ins that have
//! expired, keys whose tokens have, what clients hold and do not use), and looking how many people still have an old kind of
//! password hash.

use crate::{App, keys::PUBLISHED_AFTER};
use chrono::{DateTime, TimeDelta, Utc};
use edge::Shutdown;
use std::{sync::Arc, time::Duration};

const EVERY: Duration = Duration::from_hours(1);
/// An expired link is kept for this long, so that whoever opens it is told that it expired.
const EXPIRED_LINKS: TimeDelta = TimeDelta::days(1);
/// A code that has expired is kept for this long, so that a second use of it is recognised.
const EXPIRED_CODES: TimeDelta = TimeDelta::days(1);
/// A consent under which nothing lives is remembered for this long after it was given.
const IDLE_CONSENTS: TimeDelta = TimeDelta::days(365);
/// A client that nobody allows anything may come back within this time without registering again.
const UNUSED_CLIENTS: TimeDelta = TimeDelta::days(30);

/// Runs once an hour until shutdown. Replicas may sweep at the same time; a row is deleted once.
pub async fn sweep_leftovers(app: Arc<App>, shutdown: Shutdown) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = sweep(&app).await {
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

/// Forgets what has run out by now.
pub async fn sweep(app: &App) -> Result<(), db::Error> {
    let now = app.clock.now();
    let sessions = db::auth::sessions::delete_expired(&app.pool, now).await?;
    let links = db::auth::links::delete_expired(&app.pool, now - EXPIRED_LINKS).await?;
    let states = db::auth::sign_in_states::delete_expired(&app.pool, now).await?;
    let keys = db::auth::signing_keys::delete_retired(&app.pool, now - PUBLISHED_AFTER).await?;
    if sessions + links + states + keys > 0 {
        tracing::info!(sessions, links, states, keys, "what had expired was deleted");
    }
    clients(app, now).await
}

/// In this order: each of them may be what holds the next.
async fn clients(app: &App, now: DateTime<Utc>) -> Result<(), db::Error> {
    let codes = db::auth::oauth_codes::delete_expired(&app.pool, now - EXPIRED_CODES).await?;
    let families = db::auth::oauth_families::delete_expired(&app.pool, now).await?;
    let consents = db::auth::oauth_consents::delete_stale(&app.pool, now - IDLE_CONSENTS).await?;
    let clients = db::auth::oauth_clients::delete_unused(&app.pool, now - UNUSED_CLIENTS).await?;
    if codes + families + consents + clients > 0 {
        tracing::info!(codes, families, consents, clients, "what clients did not use was deleted");
    }
    Ok(())
}
