//! What one request and the stream of its answer tell its caller past `rmcp`: progress in the order of the wire (`rmcp` gives
//! notifications to tasks of their own, which may come after the answer), and why the stream ended.

use super::Fault;
use crate::Progress;
use serde::Deserialize;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;

/// Of a caller that is slower than the server only these many wait; more are dropped.
const WAITING: usize = 64;

/// Travels with a request as one of its extensions.
#[derive(Clone)]
pub(in crate::mcp) struct Line {
    progress: mpsc::Sender<Progress>,
    fault: Arc<OnceLock<Fault>>,
}

/// The caller's end.
pub(in crate::mcp) struct Heard {
    pub(in crate::mcp) progress: mpsc::Receiver<Progress>,
    fault: Arc<OnceLock<Fault>>,
}

impl Heard {
    /// The first thing that went wrong on the stream.
    pub(in crate::mcp) fn fault(&self) -> Option<Fault> {
        self.fault.get().cloned()
    }
}

#[derive(Deserialize)]
struct Notification {
    method: String,
    #[serde(default)]
    params: Told,
}

#[derive(Default, Deserialize)]
struct Told {
    progress: Option<f64>,
    total: Option<f64>,
    message: Option<String>,
}

impl Line {
    pub(in crate::mcp) fn new() -> (Self, Heard) {
        let (sender, progress) = mpsc::channel(WAITING);
        let fault = Arc::new(OnceLock::new());
        (Self { progress: sender, fault: Arc::clone(&fault) }, Heard { progress, fault })
    }

    pub(super) fn broke(&self, fault: Fault) {
        let _first = self.fault.set(fault);
    }

    /// One event of the request's own stream: progress there is this request's.
    pub(super) fn hear(&self, data: &str) {
        if !data.contains("notifications/progress") {
            return;
        }
        let Ok(said) = serde_json::from_str::<Notification>(data) else { return };
        let (true, Some(progress)) = (said.method == "notifications/progress", said.params.progress) else { return };
        let _dropped =
            self.progress.try_send(Progress { progress, total: said.params.total, message: said.params.message });
    }
}
