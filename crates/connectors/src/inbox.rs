//! Group commit. Deliveries that arrive while a commit is running go together into the next one; each caller waits for
//! its own row. Nothing waits for a timer: a lone delivery is committed at once.

use db::{
    PgPool,
    deliveries::{self, NewDelivery},
};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Commits that may run at the same time: one is written while the next is being collected.
const WRITERS: usize = 2;
/// Deliveries in one commit at most.
const BATCH: usize = 128;
/// Deliveries that may wait. Their bytes are bounded by [`BYTES`].
const WAITING: usize = 1024;
/// What all deliveries in flight may hold together. More is answered 503 while it is read.
const BYTES: usize = 128 * 1024 * 1024;
/// Permits of the byte budget, one a KiB.
const UNIT: usize = 1024;

/// A delivery was not stored; the vendor should send it again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("too many deliveries are waiting to be stored")]
    Full,
    #[error("the database did not take the delivery")]
    Unavailable,
}

struct Waiting {
    delivery: NewDelivery,
    done: oneshot::Sender<bool>,
}

/// Room for one delivery's bytes, given back when dropped.
pub struct Room {
    budget: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Room {
    /// Makes room for `bytes` more that have arrived. What is only announced takes none: whoever announces much and sends
    /// nothing must not keep others out.
    pub fn grow(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.bytes += bytes;
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(self.bytes.div_ceil(UNIT).saturating_sub(held)).unwrap_or(u32::MAX);
        if missing > 0 {
            let more = Arc::clone(&self.budget).try_acquire_many_owned(missing).map_err(|_| StoreError::Full)?;
            match &mut self.held {
                Some(held) => held.merge(more),
                None => self.held = Some(more),
            }
        }
        Ok(())
    }
}

/// The way into the deliveries table.
pub struct Inbox {
    sender: mpsc::Sender<Waiting>,
    bytes: Arc<Semaphore>,
    /// Wakes the reader of deliveries.
    pub arrived: Arc<tokio::sync::Notify>,
}

impl Inbox {
    pub fn open(pool: &PgPool) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        let arrived = Arc::new(tokio::sync::Notify::new());
        for _ in 0..WRITERS {
            tokio::spawn(write(Arc::clone(&receiver), pool.clone(), Arc::clone(&arrived)));
        }
        Self { sender, bytes: Arc::new(Semaphore::new(BYTES / UNIT)), arrived }
    }

    /// Room for a delivery that begins to arrive.
    pub fn room(&self) -> Room {
        Room { budget: Arc::clone(&self.bytes), held: None, bytes: 0 }
    }

    /// Returns once the delivery is durably stored, by this call or an earlier one.
    pub async fn store(&self, delivery: NewDelivery) -> Result<(), StoreError> {
        let (done, stored) = oneshot::channel();
        self.sender.try_send(Waiting { delivery, done }).map_err(|_| StoreError::Full)?;
        match stored.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(StoreError::Unavailable),
        }
    }
}

async fn write(receiver: Arc<Mutex<mpsc::Receiver<Waiting>>>, pool: PgPool, arrived: Arc<tokio::sync::Notify>) {
    loop {
        let mut waiting = Vec::new();
        // The lock is held only while collecting, so the other writer collects while this one commits.
        if receiver.lock().await.recv_many(&mut waiting, BATCH).await == 0 {
            return;
        }
        let (batch, callers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.delivery, one.done)).unzip();
        let stored = deliveries::store(&pool, &batch).await;
        if let Err(error) = &stored {
            tracing::error!(%error, deliveries = batch.len(), "deliveries could not be stored; their senders are told");
        }
        for caller in callers {
            // A caller that has gone away does not need its answer.
            let _gone = caller.send(stored.is_ok());
        }
        arrived.notify_one();
    }
}
