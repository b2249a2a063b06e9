//! What vendors keep is fetched: the pages that a stream's cursor leads to, and the records that pushes have named. What is
//! different from before becomes signals, in the transaction that moves the cursor.

mod apply;
mod ask;
mod checksum;
mod diff;
mod enroll;
mod missing;
mod run;
mod trouble;

pub use ask::{AskError, Wish, ask};
pub use enroll::{adopt, enroll};

use crate::App;
use chrono::TimeDelta;
pub use db::streams::Turn;
use db::streams::{self, Fairness};
use std::sync::Arc;
use uuid::Uuid;

/// What a killed process costs a stream at most. One that lives lengthens its claim (`run::BEAT`).
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// One account with everything in it, and one tenant with many accounts, leave room for the others.
const FAIRNESS: Fairness = Fairness { of_a_connection: 2, of_a_tenant: 4 };

/// Runs the stream whose turn it is, under this id. `false`: none is due.
pub async fn pass(app: &Arc<App>, run: Uuid, turn: &mut Turn) -> Result<bool, db::Error> {
    let now = app.clock.now();
    let claimed = streams::claim(&app.pool, run, *turn, now, now + LEASE, FAIRNESS).await?;
    let Some(claimed) = claimed else { return Ok(false) };
    turn.after = claimed.claim.tenant.as_uuid();
    run::run(app, &claimed).await?;
    Ok(true)
}

/// A run has been cut off: the next one need not wait until its claim has run out.
pub async fn cut_off(app: &App, run: Uuid) -> Result<(), db::Error> {
    streams::let_go_for_any_tenant(&app.pool, run).await
}
