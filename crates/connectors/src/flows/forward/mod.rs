//! Signals are forwarded to those who subscribed to them: decided once each in the order of the tenant's feed, written down as
//! rows, and sent from there until the other side has taken them.

pub mod keys;
mod send;
pub mod target;

pub use send::message_id;

use crate::App;
use chrono::TimeDelta;
use db::subscriptions::{self, Claimed};
use std::sync::Arc;
use uuid::Uuid;

/// Rows that wait of one subscription. What else there is waits in the tenant's feed and costs nothing.
const MOST_WAITING: i64 = 5_000;
/// Signals that are decided on in one statement, and subscriptions in one transaction.
const PAGE: i64 = 500;
const SUBSCRIPTIONS: i64 = 100;
/// Sends under way to one subscription: a receiver that is slow holds up itself and nobody else.
const EACH: i64 = 8;
/// Sends under way from this process.
pub const AT_ONCE: usize = 64;
/// Longer than a send may take with all that belongs to it.
const LEASE: TimeDelta = TimeDelta::minutes(1);
/// What has ended is kept for people to look at.
const DONE_DAYS: i64 = 7;
const DEAD_DAYS: i64 = 30;
const SWEPT: i64 = 5_000;

/// Decides what goes to whom, as far as there is news. How many subscriptions it looked at; zero: none has news.
pub async fn fan_out(app: &App) -> Result<usize, db::Error> {
    let mut transaction = app.pool.begin().await?;
    let wanting = subscriptions::wanting(&mut *transaction, MOST_WAITING, SUBSCRIPTIONS).await?;
    let now = app.clock.now();
    for one in &wanting {
        let due = subscriptions::fan_out(&mut *transaction, one, now, PAGE).await?;
        // A page that is not full is all there was up to the end of the feed.
        let upto = due.position.filter(|_| due.written == PAGE).unwrap_or(one.last);
        subscriptions::advance(&mut *transaction, one, upto).await?;
    }
    transaction.commit().await?;
    Ok(wanting.len())
}

/// Claims what is due, at most `limit`, so that nobody else sends it.
pub async fn claim(app: &App, sender: Uuid, limit: usize) -> Result<Vec<Claimed>, db::Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    subscriptions::claim(&app.pool, sender, app.clock.now(), LEASE, EACH, limit).await
}

/// Sends one and notes how it went. A note that fails leaves the row to the end of its claim, and then to anybody.
pub async fn send(app: Arc<App>, sender: Uuid, claimed: Claimed) {
    if let Err(error) = send::send(&app, sender, &claimed).await {
        tracing::warn!(%error, subscription = %claimed.subscription_id, "what became of a forward is not noted");
    }
}

/// Forgets what ended long ago.
pub async fn sweep(app: &App) -> Result<(), db::Error> {
    let now = app.clock.now();
    let mut connection = app.pool.acquire().await?;
    let (done, dead) = (now - TimeDelta::days(DONE_DAYS), now - TimeDelta::days(DEAD_DAYS));
    subscriptions::sweep(&mut connection, done, dead, SWEPT).await
}
