//! What a person says while a run goes on.

use super::RunError;
use crate::App;
use db::agent_runs::{self, Decision, Of};
use kernel::{RunId, UserId};

/// Asks for the end of a run, whichever process it is in. It ends within a second; one that has ended stays as it is.
pub async fn cancel(app: &App, user: UserId, run: RunId) -> Result<(), RunError> {
    let of = Of { tenant: user.personal_tenant(), user };
    if !agent_runs::request_cancel(&app.pool, of, run).await? {
        return Err(RunError::NotFound);
    }
    app.memory.runs.news.notify_waiters();
    Ok(())
}

/// Says yes or no to a call. `decision` is `approved` or `refused`. Saying it again is saying it once.
pub async fn decide(app: &App, user: UserId, run: RunId, call: &str, decision: &str) -> Result<(), RunError> {
    let of = Of { tenant: user.personal_tenant(), user };
    match agent_runs::decide(&app.pool, of, run, (call, decision), app.clock.now()).await? {
        Decision::Taken => {
            app.memory.runs.news.notify_waiters();
            Ok(())
        }
        Decision::Repeated => Ok(()),
        Decision::TooLate => Err(RunError::Decided),
        Decision::Unknown => Err(RunError::NoSuchApproval),
    }
}
