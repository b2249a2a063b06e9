//! A bad day at the mail server, on demand.

use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// What becomes of a mail once all of it has been sent.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// 451: the same mail may be taken later.
    Temporary,
    /// 550: it never will be.
    Permanent,
    /// The connection ends without an answer, so that the sender cannot know.
    Close,
}

#[derive(Default)]
pub(crate) struct Faults(Mutex<VecDeque<Fault>>);

impl Faults {
    fn with<T>(&self, change: impl FnOnce(&mut VecDeque<Fault>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn order(&self, fault: Fault, times: u8) {
        self.with(|faults| faults.extend(std::iter::repeat_n(fault, times.into())));
    }

    pub(crate) fn clear(&self) {
        self.with(VecDeque::clear);
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.with(|faults| faults.iter().copied().collect())
    }

    pub(super) fn take(&self) -> Option<Fault> {
        self.with(VecDeque::pop_front)
    }
}
