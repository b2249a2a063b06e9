//! What a session hears beside the answers to its requests.

use super::Fault;
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// So often a stream is opened again, in all of a session: a server that ends each of them at once is not asked for ever.
const MOST_STREAMS: u32 = 20;

/// Shared by a session and its wire.
#[derive(Default)]
pub(in crate::mcp) struct Ear {
    changed: AtomicBool,
    refused: OnceLock<Fault>,
    in_session: AtomicBool,
    streams: AtomicU32,
    listens: Notify,
}

impl Ear {
    /// Whether the server has said that its list of tools has changed.
    pub(in crate::mcp) fn has_changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }

    /// The first 401 or 403. Of some requests of the opening `rmcp` does not say how they failed.
    pub(in crate::mcp) fn refused(&self) -> Option<Fault> {
        self.refused.get().cloned()
    }

    /// In a session `rmcp` opens a stream for what is said beside the answers. Once that is done, or was refused, nothing that
    /// changes from here on is missed.
    pub(in crate::mcp) async fn listens(&self, patience: Duration) {
        if self.in_session.load(Ordering::Relaxed) {
            let _or_not = tokio::time::timeout(patience, self.listens.notified()).await;
        }
    }

    pub(super) fn change(&self) {
        self.changed.store(true, Ordering::Relaxed);
    }

    pub(super) fn refuse(&self, fault: Fault) {
        let _first = self.refused.set(fault);
    }

    pub(super) fn begin_session(&self) {
        self.in_session.store(true, Ordering::Relaxed);
    }

    /// Whether one more stream may be opened.
    pub(super) fn may_open(&self) -> bool {
        self.streams.fetch_add(1, Ordering::Relaxed) < MOST_STREAMS
    }

    pub(super) fn opened(&self) {
        self.listens.notify_one();
    }
}
