//! Runs on the wire.

use crate::flows::run::Shown;
use agent::{Turn, model::Role, run::quiet};
use chrono::{DateTime, Utc};
use db::agent_runs::{Approval, Run};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What a run has used, in tokens. The whole prompt is `input + cache_write + cache_read`.
#[derive(Serialize, ToSchema)]
pub struct UsageView {
    /// Answers of the model.
    steps: i32,
    input: i64,
    output: i64,
    cache_write: i64,
    cache_read: i64,
    /// By the operator's `ANTHROPIC_PRICES`; null without them.
    cost_usd: Option<f64>,
}

/// A run.
#[derive(Serialize, ToSchema)]
pub struct RunView {
    id: uuid::Uuid,
    /// The same for all runs of one conversation.
    thread_id: uuid::Uuid,
    /// `running`, `awaiting_approval`, `completed`, `cancelled`, `failed`.
    state: String,
    /// Why it has ended. Completed: `answered`, `refused` (by the model), `too_long`, `steps_used`. Cancelled: `cancelled`,
    /// `caller_left`. Failed: `time_used`, `tokens_used`, `model_busy`, `model_unavailable`, `model_refuses_the_request`,
    /// `model_not_configured`, `interrupted`, `internal`.
    reason: Option<String>,
    model: String,
    usage: UsageView,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

/// A call that the person was asked about.
#[derive(Serialize, ToSchema)]
pub struct ApprovalView {
    /// Names it in `POST /agent/runs/{id}/approvals/{call_id}`.
    call_id: String,
    /// As the model knows it.
    tool: String,
    #[schema(value_type = Object)]
    arguments: Value,
    /// `approved`, `refused`, `unanswered`; null: the run waits.
    decision: Option<String>,
    asked_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
}

/// A run with what was said in it.
#[derive(Serialize, ToSchema)]
pub struct TranscriptView {
    #[serde(flatten)]
    run: RunView,
    /// What the model said last, with images made harmless. Null: nothing yet.
    text: Option<String>,
    /// `{role, content}`, as the model's API has them, without what looks like a credential.
    #[schema(value_type = Vec<Object>)]
    turns: Vec<Value>,
    approvals: Vec<ApprovalView>,
}

/// A page of runs, the newest first.
#[derive(Serialize, ToSchema)]
pub struct RunPage {
    pub runs: Vec<RunView>,
    /// Null on the last page.
    pub next_cursor: Option<String>,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        let used = run.used;
        #[expect(clippy::cast_precision_loss, reason = "exact up to nine thousand million dollars")]
        let cost_usd = used.cost_microdollars.map(|micro| micro as f64 / 1_000_000.0);
        Self {
            id: run.id,
            thread_id: run.thread_id,
            state: run.state,
            reason: run.reason,
            model: run.model,
            usage: UsageView {
                steps: used.steps,
                input: used.input_tokens,
                output: used.output_tokens,
                cache_write: used.cache_write_tokens,
                cache_read: used.cache_read_tokens,
                cost_usd,
            },
            created_at: run.created_at,
            ended_at: run.ended_at,
        }
    }
}

impl From<Approval> for ApprovalView {
    fn from(it: Approval) -> Self {
        let Approval { call_id, tool, arguments, decision, asked_at, decided_at } = it;
        Self { call_id, tool, arguments, decision, asked_at, decided_at }
    }
}

impl From<Shown> for TranscriptView {
    fn from(Shown { run, turns, approvals }: Shown) -> Self {
        let last = turns.iter().rev().find(|turn| turn.role == Role::Assistant).map(Turn::text);
        Self {
            run: run.into(),
            text: last.map(|text| quiet(&text)),
            turns: turns.iter().map(shown).collect(),
            approvals: approvals.into_iter().map(ApprovalView::from).collect(),
        }
    }
}

/// Whatever strangers have a hand in is shown with images made harmless: what the model says, and what tools have brought.
fn shown(turn: &Turn) -> Value {
    let mut turn = json!(turn);
    for block in turn["content"].as_array_mut().into_iter().flatten() {
        let texts = match block["type"].as_str() {
            Some("text") => std::slice::from_mut(block),
            Some("tool_result") => block["content"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default(),
            _ => continue,
        };
        for it in texts {
            if let Some(text) = it["text"].as_str().map(quiet) {
                it["text"] = text.into();
            }
        }
    }
    turn
}
