//! From the way in to the readers of the same process. What has just been stored is in memory: it need not be claimed, and fetched
//! again, from the database. It is handed over in the order in which it came and only while nothing older waits in the queue, so that
//! what follows a connection's removal is not read before it. A process that dies leaves claims that run out.

use db::deliveries::{Claimed, Holder};
use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::{
    Mutex, Notify,
    mpsc::{self, OwnedPermit, error::TryRecvError},
};
use uuid::Uuid;

/// Batches that may wait for the readers, and what one may hold; together they bound what this costs in memory.
const WAITING: usize = 16;
const BYTES: usize = 1024 * 1024;

/// What one reader takes at once, and so what it ends in one transaction: another batch is added as long as there are fewer.
const TOGETHER: usize = 128;

type Batch = Vec<Claimed>;

/// Between one way in and the readers.
pub struct Handover {
    /// As whom they hold what is handed over.
    reader: Uuid,
    /// Open as long as somebody reads.
    sender: OnceLock<mpsc::Sender<Batch>>,
    receiver: Mutex<Option<mpsc::Receiver<Batch>>>,
    /// How often something was left in the queue, and up to which of these times it has been found empty since.
    left: AtomicU64,
    caught_up: AtomicU64,
    /// Something lies in the queue.
    left_some: Notify,
}

impl Default for Handover {
    /// Nobody reads yet, and what the queue holds is not known.
    fn default() -> Self {
        Self {
            reader: Uuid::now_v7(),
            sender: OnceLock::new(),
            receiver: Mutex::default(),
            left: AtomicU64::new(1),
            caught_up: AtomicU64::new(0),
            left_some: Notify::new(),
        }
    }
}

/// Room for one batch.
pub struct Place(OwnedPermit<Batch>);

impl Place {
    /// Of deliveries that are stored as held by the readers.
    pub fn fill(self, batch: Batch) {
        // Who waits for it is woken, and gives up the sender that comes with it.
        let _sender = self.0.send(batch);
    }
}

impl Handover {
    /// Begins to be read. Only once.
    pub async fn open(&self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        if self.sender.set(sender).is_ok() {
            *self.receiver.lock().await = Some(receiver);
        }
    }

    /// Room for a batch of that size. `None`: it has to go by way of the queue, and [`left_in_queue`](Self::left_in_queue) be called.
    pub fn place(&self, bytes: usize) -> Option<Place> {
        if bytes > BYTES || self.is_behind() {
            return None;
        }
        self.sender.get()?.clone().try_reserve_owned().ok().map(Place)
    }

    pub const fn holder(&self) -> Holder {
        Holder { worker: self.reader, lease: super::flows::normalize::LEASE }
    }

    /// Something lies in the queue that the readers should look for.
    pub fn left_in_queue(&self) {
        self.left.fetch_add(1, Ordering::AcqRel);
        self.left_some.notify_one();
    }

    /// Resolves when there is reason to look into the queue.
    pub async fn left_some(&self) {
        self.left_some.notified().await;
    }

    /// Whether something may wait in the queue.
    pub fn is_behind(&self) -> bool {
        self.left.load(Ordering::Acquire) != self.caught_up.load(Ordering::Acquire)
    }

    /// To be asked for before the queue is looked into.
    pub fn mark(&self) -> u64 {
        self.left.load(Ordering::Acquire)
    }

    /// The queue was found empty by a look that began at `mark`.
    pub fn found_empty(&self, mark: u64) {
        self.caught_up.fetch_max(mark, Ordering::AcqRel);
    }

    /// What is there, without waiting: where another one does that, it takes what comes.
    pub fn take(&self) -> Batch {
        let mut batch = Batch::new();
        if let Ok(mut receiver) = self.receiver.try_lock()
            && let Some(receiver) = &mut *receiver
        {
            fill_up(receiver, &mut batch);
        }
        batch
    }

    /// Waits until there is something. Nothing comes where nobody has opened it, or it is closed.
    pub async fn next(&self) -> Batch {
        if let Some(receiver) = &mut *self.receiver.lock().await
            && let Some(mut batch) = receiver.recv().await
        {
            fill_up(receiver, &mut batch);
            return batch;
        }
        std::future::pending().await
    }

    /// From here on everything goes by way of the queue. What is handed over already is there, and what is on its way comes: to be
    /// taken by [`rest`](Self::rest).
    pub async fn close(&self) {
        if let Some(receiver) = &mut *self.receiver.lock().await {
            receiver.close();
        }
    }

    /// After [`close`](Self::close), until nothing is left.
    pub async fn rest(&self) -> Option<Batch> {
        self.receiver.lock().await.as_mut()?.recv().await
    }
}

fn fill_up(receiver: &mut mpsc::Receiver<Batch>, batch: &mut Batch) {
    while batch.len() < TOGETHER {
        match receiver.try_recv() {
            Ok(more) => batch.extend(more),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    // Two commits may have overtaken each other.
    batch.sort_unstable_by_key(|one| one.id);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is handed over before somebody reads and the queue is known to be empty, nor what is too large, nor more than the
    /// readers can hold, nor after the end; what was on its way then still arrives.
    #[tokio::test]
    async fn there_is_room_for_so_much() {
        let handover = Handover::default();
        assert!(handover.place(1).is_none(), "nobody reads");
        handover.open().await;
        assert!(handover.place(1).is_none(), "the queue has not been looked into");
        let mark = handover.mark();
        handover.left_in_queue();
        handover.found_empty(mark);
        assert!(handover.place(1).is_none(), "something came while it was looked into");
        handover.found_empty(handover.mark());
        assert!(handover.place(BYTES + 1).is_none());
        let mut places: Vec<_> = (0..WAITING).map(|_| handover.place(BYTES).unwrap()).collect();
        assert!(handover.place(1).is_none(), "the readers are behind");
        let late = places.pop().unwrap();
        drop(places);
        handover.close().await;
        assert!(handover.place(1).is_none(), "it is closed");
        let rest = async {
            assert_eq!(handover.rest().await.unwrap().len(), 0);
            assert!(handover.rest().await.is_none());
        };
        tokio::join!(rest, async { late.fill(Vec::new()) });
    }
}
