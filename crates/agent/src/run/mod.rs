//! The loop between a model and a person's tools, within a budget.

mod catalogue;
mod dress;
mod quiet;
mod steps;

pub use catalogue::Mode;
pub use quiet::{Quiet, quiet};
pub use steps::Run;

use crate::{ModelError, Turn, Usage};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// How much a run may use. Whatever is reached first ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Answers of the model in which it may call tools. One more is asked for without tools, so that the run ends with words.
    pub steps: u32,
    /// Without the time in which a person is waited for.
    pub time: Duration,
    /// In all answers and prompts together, cached ones included. The answer that passes it is the last.
    pub tokens: u64,
    /// Of all results together. What is beyond is not shown to the model.
    pub result_bytes: usize,
}

/// A call that the model wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// The model's id of it.
    pub id: String,
    /// As the toolbox has it.
    pub name: String,
    pub arguments: Map<String, Value>,
}

/// What a person says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Approved,
    Refused,
    /// Nobody said anything for as long as one waits.
    Unanswered,
}

/// What is told on the way. `type` is the name of the event, the rest its data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A piece of what the model says.
    Text { text: String },
    /// What was told of this answer is void; it begins anew.
    Again,
    /// A call that is about to be made, or asked about.
    ToolCall(Call),
    /// How far a call is.
    Progress { id: String, progress: f64, total: Option<f64>, message: Option<String> },
    /// What a call brought, as the model reads it, without the marks and with images made harmless.
    ToolResult { id: String, name: String, is_error: bool, text: String },
    /// All that has been used up to now.
    Usage { steps: u32, usage: Usage },
}

/// Why a run has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The model has said what it had to say.
    Answered,
    /// The model refuses.
    Refused,
    /// The answer was too long, or the conversation is.
    TooLong,
    StepsUsed,
    TimeUsed,
    TokensUsed,
    Model(ModelError),
    /// What happened could not be kept, and nothing more was done.
    NotKept,
}

/// How a run has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub reason: Reason,
    pub steps: u32,
    pub usage: Usage,
}

/// It could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the transcript cannot be written")]
pub struct NotKept;

/// For whom a run is: who listens, keeps and decides.
pub trait Host: Send + Sync {
    /// Never waits.
    fn tell(&self, event: Event);

    /// Keeps a turn before anything follows from it.
    fn keep<'a>(&'a self, turn: &'a Turn, steps: u32, usage: Usage) -> BoxFuture<'a, Result<(), NotKept>>;

    /// Asks a person, for as long as one waits for people.
    fn decide<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Decision>;
}
