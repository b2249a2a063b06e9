//! What will probably become of a delivery: what became of the last one of its kind. It is stored as that, so that its row, which is
//! long, has to be written a second time only where it turns out otherwise.

use db::deliveries::Outcome;
use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU8, Ordering},
};
use uuid::Uuid;

/// Kinds that are told apart. Those that share a place mislead each other, which costs a second writing and nothing else.
const KINDS: usize = 4096;

pub struct Outlooks {
    places: RandomState,
    /// Places in [`Outcome::ALL`].
    last: Box<[AtomicU8]>,
}

impl Default for Outlooks {
    fn default() -> Self {
        Self { places: RandomState::new(), last: (0..KINDS).map(|_| AtomicU8::new(0)).collect() }
    }
}

impl Outlooks {
    /// `tenant`: of the address.
    pub fn of(&self, provider: &str, tenant: Uuid, event: &str) -> Outcome {
        let place = self.last(provider, tenant, event).load(Ordering::Relaxed);
        Outcome::ALL[usize::from(place)]
    }

    pub fn note(&self, (provider, tenant, event): (&str, Uuid, &str), outcome: Outcome) {
        let place = (0_u8..).zip(Outcome::ALL).find_map(|(place, one)| (one == outcome).then_some(place));
        self.last(provider, tenant, event).store(place.unwrap_or_default(), Ordering::Relaxed);
    }

    fn last(&self, provider: &str, tenant: Uuid, event: &str) -> &AtomicU8 {
        let hash = self.places.hash_one((provider, tenant, event));
        // The remainder is less than the number of places.
        &self.last[usize::try_from(hash % KINDS as u64).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is known of a kind at first; then the last one of it counts, whatever became of others.
    #[test]
    fn the_last_one_of_a_kind_counts() {
        let (outlooks, tenant) = (Outlooks::default(), Uuid::nil());
        assert_eq!(outlooks.of("vendor", tenant, "push"), Outcome::Done);
        for outcome in [Outcome::Ignored, Outcome::Unclaimed, Outcome::Done, Outcome::Ignored] {
            outlooks.note(("vendor", tenant, "push"), outcome);
            assert_eq!(outlooks.of("vendor", tenant, "push"), outcome);
        }
        let others = (0..100).filter(|n| outlooks.of("vendor", tenant, &n.to_string()) != Outcome::Done).count();
        assert!(others < 5, "{others} of a hundred kinds share a place with the one");
    }
}
