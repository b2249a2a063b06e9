//! What was sent and what became of it, for the vendors that let an app look at its deliveries and ask for one again. In
//! memory: it is a log, and no vendor keeps its own for long.

use super::{DeliveryError, Letter, Receipt};
use crate::account::Vendor;
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// More than a test sends, and a page or two of the longest that a vendor shows.
const MOST: usize = 500;
/// Of bodies, so that a series of the largest does not fill the machine.
const MOST_BYTES: usize = 128 * 1024 * 1024;

/// How the receiver took it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With this status.
    Answered(u16),
    /// It was there, and was still silent at the deadline.
    TimedOut,
    Unreachable,
}

pub(crate) struct Sent {
    /// Counts up: the larger is the later.
    pub(crate) id: u64,
    pub(crate) letter: Letter,
    pub(crate) at: DateTime<Utc>,
    pub(crate) duration: TimeDelta,
    pub(crate) outcome: Outcome,
}

#[derive(Default)]
struct Log {
    sent: VecDeque<Arc<Sent>>,
    bytes: usize,
    numbered: u64,
}

#[derive(Default)]
pub(crate) struct Outbox(Mutex<Log>);

impl Outcome {
    /// `None` for what never left.
    pub(super) fn of(result: &Result<Receipt, DeliveryError>) -> Option<Self> {
        match result {
            Ok(receipt) => Some(Self::Answered(receipt.status)),
            Err(DeliveryError::Unreachable(error)) if error.is_timeout() => Some(Self::TimedOut),
            Err(DeliveryError::Unreachable(_)) => Some(Self::Unreachable),
            Err(DeliveryError::NoBase | DeliveryError::Path | DeliveryError::Header(_)) => None,
        }
    }
}

impl Outbox {
    pub(super) fn add(&self, letter: Letter, at: DateTime<Utc>, duration: TimeDelta, outcome: Outcome) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.numbered += 1;
        log.bytes += letter.body.len();
        let id = log.numbered;
        log.sent.push_back(Arc::new(Sent { id, letter, at, duration, outcome }));
        // The newest stays, however large it is.
        while log.sent.len() > 1 && (log.sent.len() > MOST || log.bytes > MOST_BYTES) {
            if let Some(oldest) = log.sent.pop_front() {
                log.bytes -= oldest.letter.body.len();
            }
        }
    }

    /// What a vendor sent, the newest first.
    pub(crate) fn of(&self, vendor: Vendor) -> Vec<Arc<Sent>> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.sent.iter().rev().filter(|sent| sent.letter.vendor == vendor).cloned().collect()
    }
}
