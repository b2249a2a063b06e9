//! The way in for deliveries: their bytes are bounded while they arrive, and they are committed in groups.

use crate::group::{Group, StoreError};
use db::{
    Steady,
    deliveries::{self, NewDelivery},
};
use std::sync::Arc;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// What all deliveries in flight may hold together. More is answered 503 while it is read.
const BYTES: usize = 128 * 1024 * 1024;
/// Permits of the byte budget, one a KiB.
const UNIT: usize = 1024;

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
    group: Group<NewDelivery>,
    bytes: Arc<Semaphore>,
    /// Wakes the reader of deliveries.
    pub arrived: Arc<Notify>,
}

impl Inbox {
    pub fn open(steady: &Steady) -> Self {
        let (steady, arrived) = (steady.clone(), Arc::new(Notify::new()));
        let wake = Arc::clone(&arrived);
        let group = Group::open(move |batch| store(steady.clone(), Arc::clone(&wake), batch));
        Self { group, bytes: Arc::new(Semaphore::new(BYTES / UNIT)), arrived }
    }

    /// Room for a delivery that begins to arrive.
    pub fn room(&self) -> Room {
        Room { budget: Arc::clone(&self.bytes), held: None, bytes: 0 }
    }

    /// Returns once the delivery is durably stored, by this call or an earlier one.
    pub async fn store(&self, delivery: NewDelivery) -> Result<(), StoreError> {
        self.group.write(delivery).await
    }
}

async fn store(steady: Steady, arrived: Arc<Notify>, batch: Vec<NewDelivery>) -> bool {
    let stored = insert(&steady, &batch).await;
    if let Err(error) = &stored {
        tracing::error!(%error, deliveries = batch.len(), "deliveries could not be stored; their senders are told");
    }
    arrived.notify_one();
    stored.is_ok()
}

async fn insert(steady: &Steady, batch: &[NewDelivery]) -> Result<(), db::Error> {
    let mut wire = steady.acquire().await?;
    deliveries::store(&mut wire, batch).await?;
    wire.back();
    Ok(())
}
