//! What was said in a thread before.

use super::RunError;
use agent::{Turn, model::Role, transcript::mended};
use db::{
    PgPool,
    agent_runs::{self, Of},
};
use kernel::RunId;
use serde_json::Value;

/// Runs of a thread that are looked at, the newest.
const MOST_RUNS: i64 = 50;
/// Of what goes to the model again, in bytes: about 100,000 tokens. Older runs are left out, whole.
const MOST_BYTES: usize = 400_000;

/// The conversation up to now, as far as it is sent again.
pub(super) async fn history(pool: &PgPool, of: Of, thread: RunId) -> Result<Vec<Turn>, RunError> {
    let runs = agent_runs::of_thread(pool, of, thread, MOST_RUNS).await?;
    if runs.is_empty() {
        return Err(RunError::NoSuchThread);
    }
    let mut left = MOST_BYTES;
    let mut kept: Vec<Vec<Turn>> = Vec::new();
    for run in runs.into_iter().rev() {
        let bytes: usize = run.iter().map(|turn| turn.content.to_string().len()).sum();
        let Some(rest) = left.checked_sub(bytes) else { break };
        left = rest;
        kept.push(run.into_iter().filter_map(turn).collect());
    }
    Ok(mended(kept.into_iter().rev().flatten().collect()))
}

pub(super) fn turn(kept: agent_runs::Turn) -> Option<Turn> {
    let role = if kept.role == "user" { Role::User } else { Role::Assistant };
    match kept.content {
        Value::Array(content) => Some(Turn { role, content }),
        _ => None,
    }
}

pub(super) fn row(turn: &Turn) -> agent_runs::Turn {
    let role = match turn.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    agent_runs::Turn { role: role.to_owned(), content: Value::Array(turn.content.clone()) }
}
