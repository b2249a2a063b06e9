//! A run begins: its row and the prompt are committed before anything else happens, and from then on it goes on beside the request.

use super::{
    Budget, RunError, WishedBudget,
    drive::{Task, drive},
    host::Told,
    thread::{history, row},
};
use crate::App;
use agent::{Turn, run::Mode, transcript::scrubbed_turn};
use chrono::TimeDelta;
use db::{
    agent_runs::{self, Begun, NewRun, Of, Used},
    audit,
};
use kernel::{RunId, UserId};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Runs of one person that go on at once.
const MOST_OPEN: i64 = 4;
/// Of a prompt, in bytes.
const LONGEST_PROMPT: usize = 100_000;
/// A process that has not said for so long that it is there is gone.
pub(super) const HELD: TimeDelta = TimeDelta::seconds(60);
/// What a caller may be behind with. One that reads more slowly is taken for gone.
const EVENTS: usize = 4096;

/// What a person wants.
pub struct Wish {
    pub prompt: String,
    /// Goes on where this thread is.
    pub thread: Option<RunId>,
    pub budget: WishedBudget,
    /// Whether somebody listens while the model speaks.
    pub is_heard: bool,
    /// `None`: what costs less.
    pub mode: Option<Mode>,
}

/// A run that goes on.
pub struct Started {
    pub id: RunId,
    pub thread: RunId,
    /// Ends with the run.
    pub events: mpsc::Receiver<Told>,
    /// Who lets go of it cancels the run, unless it is disarmed.
    pub presence: DropGuard,
}

pub async fn begin(app: &Arc<App>, user: UserId, wish: Wish) -> Result<Started, RunError> {
    let agent = app.agent.as_ref().ok_or(RunError::NotConfigured)?;
    let Wish { prompt, thread, budget, is_heard, mode } = wish;
    let budget: Budget = budget.budget()?;
    if prompt.trim().is_empty() || prompt.len() > LONGEST_PROMPT {
        let detail = format!("must have 1 to {LONGEST_PROMPT} bytes, and not blanks alone");
        return Err(RunError::Invalid { pointer: "#/prompt", detail });
    }
    let of = Of { tenant: user.personal_tenant(), user };
    let place = Arc::clone(&app.memory.runs.places).try_acquire_owned().map_err(|_| RunError::Full)?;
    let mut turns = match thread {
        Some(thread) => history(&app.pool, of, thread).await?,
        None => Vec::new(),
    };
    let now = app.clock.now();
    let id = RunId::generate_at(now);
    let thread = thread.unwrap_or(id);
    let new =
        NewRun { id, thread, model: &agent.name, held_by: app.memory.runs.process, held_until: now + HELD, at: now };
    let prompt = Turn::prompt(&prompt);
    let mut transaction = app.pool.begin().await?;
    agent_runs::hold_person(&mut *transaction, of).await?;
    match agent_runs::begin(&mut *transaction, of, new, MOST_OPEN).await? {
        Begun::Yes => {}
        Begun::TooMany => return Err(RunError::TooMany),
        Begun::ThreadBusy => return Err(RunError::ThreadBusy),
    }
    let kept = row(&scrubbed_turn(&prompt));
    agent_runs::keep(&mut *transaction, of.tenant, id, &kept, Used::default(), now).await?;
    let (actor, target) = (format!("user:{user}"), format!("run:{id}"));
    let entry = audit::Entry { at: now, actor: &actor, action: "agent.run", target: &target, detail: json!({}) };
    audit::append(&mut *transaction, of.tenant, entry).await?;
    transaction.commit().await?;
    turns.push(prompt);

    let (told, events) = mpsc::channel(EVENTS);
    let left = CancellationToken::new();
    let task = Task { app: Arc::clone(app), of, id, turns, budget, is_heard, mode, told, left: left.clone() };
    app.memory.unfinished.spawn(async move {
        drive(task).await;
        drop(place);
    });
    Ok(Started { id, thread, events, presence: left.drop_guard() })
}
