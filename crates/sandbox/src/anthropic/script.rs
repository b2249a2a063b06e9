//! What the model was told to answer, in order.

use super::usage::Cache;
use crate::recorder::Recorder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What is wrong with an answer, or particular about it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flaw {
    /// In the middle of a stream an `error` event, and the end.
    ErrorMidway,
    /// In the middle of a stream the connection breaks.
    Cut,
    /// In the middle of a stream it ends, in order, without `message_stop`.
    EndsEarly,
    /// In the middle of a stream nothing more comes.
    Stalls,
    /// After its start a stream is nothing but pings.
    Pings,
    /// Among the events one, and among the deltas one, of a type that nobody knows.
    UnknownEvent,
    /// Before the content a block of a type that nobody knows.
    UnknownBlock,
    /// The tokens are used up in the middle of the last block.
    MaxTokens,
    /// Nothing is said, and why.
    Refusal,
}

/// One answer. Of what it does not say, the rules say it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scripted {
    /// The blocks, as the API has them; a `tool_use` without an id is given one.
    pub(super) content: Option<Vec<Value>>,
    /// `tool_use` where there is such a block, `end_turn` otherwise.
    pub(super) stop_reason: Option<String>,
    pub(super) flaw: Option<Flaw>,
    /// How many requests it is for.
    #[serde(default = "once")]
    times: NonZeroU32,
}

fn once() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// What the model has been told, what it was asked, and what it has read before. Gone when the sandbox stops.
#[derive(Default)]
pub(crate) struct Kept {
    script: Mutex<VecDeque<Scripted>>,
    pub(crate) requests: Recorder,
    cache: Mutex<Cache>,
}

impl Kept {
    fn script(&self) -> MutexGuard<'_, VecDeque<Scripted>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Vec<Scripted> {
        self.script().iter().cloned().collect()
    }

    pub(crate) fn append(&self, answers: Vec<Scripted>) {
        self.script().extend(answers);
    }

    pub(crate) fn clear(&self) {
        self.script().clear();
    }

    /// The next answer, one of its times used up.
    pub(super) fn next(&self) -> Option<Scripted> {
        let mut script = self.script();
        let first = script.front_mut()?;
        let due = first.clone();
        match NonZeroU32::new(first.times.get() - 1) {
            Some(times) => first.times = times,
            None => drop(script.pop_front()),
        }
        Some(due)
    }
}
