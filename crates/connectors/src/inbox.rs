//! The way in for deliveries: their bytes are bounded while they arrive, and they are committed in groups.

use crate::{
    group::{Group, StoreError},
    handover::Handover,
};
use db::{
    Steady,
    deliveries::{self, NewDelivery},
};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    /// To the readers of deliveries.
    pub handover: Arc<Handover>,
}

impl Inbox {
    pub fn open(steady: &Steady) -> Self {
        let (steady, handover) = (steady.clone(), Arc::new(Handover::default()));
        let readers = Arc::clone(&handover);
        let group = Group::open(move |batch| store(steady.clone(), Arc::clone(&readers), batch));
        Self { group, bytes: Arc::new(Semaphore::new(BYTES / UNIT)), handover }
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

async fn store(steady: Steady, handover: Arc<Handover>, batch: Vec<NewDelivery>) -> bool {
    let count = batch.len();
    match insert(&steady, &handover, batch).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, deliveries = count, "deliveries could not be stored; their senders are told");
            false
        }
    }
}

async fn insert(steady: &Steady, handover: &Handover, batch: Vec<NewDelivery>) -> Result<(), db::Error> {
    let mut wire = steady.acquire().await?;
    let place = handover.place(batch.iter().map(|one| one.body.len()).sum());
    let stored = deliveries::store(&mut wire, &batch, place.as_ref().map(|_| handover.holder())).await?;
    wire.back();
    match place {
        Some(place) => {
            let new = batch.into_iter().filter(|one| stored.new.contains(&one.id.as_uuid()));
            place.fill(new.map(NewDelivery::claimed).collect());
        }
        None => handover.left_in_queue(),
    }
    if stored.revived > 0 {
        handover.left_in_queue();
    }
    Ok(())
}
