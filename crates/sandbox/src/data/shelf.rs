//! Things that change: each knows when it last did, in time and in the order of all changes.

use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// More than any test has; the rest is refused.
const LIMIT: usize = 200_000;

#[derive(Clone)]
pub(crate) struct Thing {
    pub(crate) id: String,
    pub(crate) value: Value,
    /// Counts the changes of its shelf; this is the thing's last one.
    pub(crate) serial: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
    /// Deleted; what it was stays known.
    pub(crate) gone: bool,
}

#[derive(Default)]
pub(crate) struct Shelf {
    things: BTreeMap<String, Thing>,
    /// The ids in the order of their last changes: a page of these must not cost a look at all there is.
    order: BTreeMap<u64, String>,
    serial: u64,
}

impl Shelf {
    /// The number of the last change.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    pub(crate) fn has_room(&self, more: usize) -> bool {
        self.things.len() + more <= LIMIT
    }

    /// Whether the id was ever given.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.things.contains_key(id)
    }

    pub(crate) fn create(&mut self, id: String, value: Value, now: DateTime<Utc>) -> Thing {
        self.serial += 1;
        if let Some(before) = self.things.get(&id) {
            self.order.remove(&before.serial);
        }
        self.order.insert(self.serial, id.clone());
        let thing = Thing { id: id.clone(), value, serial: self.serial, created_at: now, changed_at: now, gone: false };
        self.things.insert(id, thing.clone());
        thing
    }

    /// `None`: it is not there, or no more.
    pub(crate) fn update(&mut self, id: &str, now: DateTime<Utc>, change: impl FnOnce(&mut Value)) -> Option<Thing> {
        let thing = self.things.get_mut(id).filter(|thing| !thing.gone)?;
        change(&mut thing.value);
        self.serial += 1;
        self.order.remove(&thing.serial);
        self.order.insert(self.serial, thing.id.clone());
        (thing.serial, thing.changed_at) = (self.serial, now);
        Some(thing.clone())
    }

    pub(crate) fn remove(&mut self, id: &str, now: DateTime<Utc>) -> Option<Thing> {
        self.update(id, now, |_| {})?;
        let thing = self.things.get_mut(id)?;
        thing.gone = true;
        Some(thing.clone())
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Thing> {
        self.things.get(id).filter(|thing| !thing.gone)
    }

    /// By their ids.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Thing> {
        self.things.values().filter(|thing| !thing.gone)
    }

    pub(crate) fn gone(&self) -> impl Iterator<Item = &Thing> {
        self.things.values().filter(|thing| thing.gone)
    }

    /// What changed after one change and up to another, the living and the deleted, in the order of their last changes.
    pub(crate) fn between(&self, after: u64, up_to: u64) -> impl Iterator<Item = &Thing> {
        let is_wanted = after < up_to;
        let found = is_wanted.then(|| self.order.range(after + 1..=up_to)).into_iter().flatten();
        found.filter_map(|(_, id)| self.things.get(id))
    }
}
