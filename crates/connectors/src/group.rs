//! Group commit. What arrives while a commit is running goes together into the next one; each caller waits for its own. Nothing
//! waits for a timer: one who comes alone is committed at once.

use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Commits that may run at the same time: one is written while the next is being collected.
const WRITERS: usize = 2;
/// In one commit at most.
const BATCH: usize = 128;
/// How many may wait.
const WAITING: usize = 1024;

/// It was not stored; whoever sent it should do so again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("too many are waiting to be stored")]
    Full,
    #[error("the database did not take it")]
    Unavailable,
}

struct Waiting<T> {
    one: T,
    done: oneshot::Sender<bool>,
}

/// The way into a table that many write to at once.
pub struct Group<T>(mpsc::Sender<Waiting<T>>);

impl<T: Send + 'static> Group<T> {
    /// `write` commits all or nothing, and says which.
    pub fn open<F: Future<Output = bool> + Send + 'static>(
        write: impl Fn(Vec<T>) -> F + Clone + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..WRITERS {
            tokio::spawn(commit(Arc::clone(&receiver), write.clone()));
        }
        Self(sender)
    }

    /// Returns once it is durably stored.
    pub async fn write(&self, one: T) -> Result<(), StoreError> {
        let (done, stored) = oneshot::channel();
        self.0.try_send(Waiting { one, done }).map_err(|_| StoreError::Full)?;
        match stored.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(StoreError::Unavailable),
        }
    }
}

async fn commit<T, F: Future<Output = bool>>(
    receiver: Arc<Mutex<mpsc::Receiver<Waiting<T>>>>,
    write: impl Fn(Vec<T>) -> F,
) {
    loop {
        let mut waiting = Vec::new();
        // The lock is held only while collecting, so the other writer collects while this one commits.
        if receiver.lock().await.recv_many(&mut waiting, BATCH).await == 0 {
            return;
        }
        let (batch, callers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.one, one.done)).unzip();
        let stored = write(batch).await;
        for caller in callers {
            // A caller that has gone away does not need its answer.
            let _gone = caller.send(stored);
        }
    }
}
