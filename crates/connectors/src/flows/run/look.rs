//! Runs as they are looked at.

use super::{RunError, thread::turn};
use crate::App;
use agent::Turn;
use db::agent_runs::{self, Approval, Of, Run};
use kernel::{Cursor, Page, PageSize, RunId, UserId};

/// A run with all that was said in it.
pub struct Shown {
    pub run: Run,
    pub turns: Vec<Turn>,
    pub approvals: Vec<Approval>,
}

pub async fn look(app: &App, user: UserId, run: RunId) -> Result<Shown, RunError> {
    let of = Of { tenant: user.personal_tenant(), user };
    let found = agent_runs::find(&app.pool, of, run).await?.ok_or(RunError::NotFound)?;
    let turns = agent_runs::turns(&app.pool, of.tenant, run).await?;
    let approvals = agent_runs::approvals(&app.pool, of.tenant, run).await?;
    Ok(Shown { run: found, turns: turns.into_iter().filter_map(turn).collect(), approvals })
}

/// A person's runs, the newest first.
pub async fn page(
    app: &App,
    user: UserId,
    thread: Option<RunId>,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Run>, RunError> {
    let of = Of { tenant: user.personal_tenant(), user };
    Ok(agent_runs::page(&app.pool, of, thread, after, size).await?)
}
