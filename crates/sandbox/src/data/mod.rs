//! What people keep at the vendors, and who watches it. In memory only: it is gone when the sandbox stops.

mod cursor;
mod order;
mod query;
mod shelf;

pub(crate) use cursor::{read as read_cursor, write as write_cursor};
pub(crate) use order::{Done, Op, Order, Wrong, merge};
pub(crate) use query::Query;
pub(crate) use shelf::{Shelf, Thing};

use crate::{atlassian, github, google, linear, slack, spotify, zoho};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Each vendor's under a lock of its own, which nobody holds over the network.
#[derive(Default)]
pub(crate) struct Data {
    github: Mutex<github::Kept>,
    google: Mutex<google::Kept>,
    zoho: Mutex<zoho::Kept>,
    spotify: Mutex<spotify::Kept>,
    atlassian: Mutex<atlassian::Kept>,
    slack: Mutex<slack::Kept>,
    linear: Mutex<linear::Kept>,
}

fn open<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Data {
    pub(crate) fn github(&self) -> MutexGuard<'_, github::Kept> {
        open(&self.github)
    }

    pub(crate) fn google(&self) -> MutexGuard<'_, google::Kept> {
        open(&self.google)
    }

    pub(crate) fn zoho(&self) -> MutexGuard<'_, zoho::Kept> {
        open(&self.zoho)
    }

    pub(crate) fn spotify(&self) -> MutexGuard<'_, spotify::Kept> {
        open(&self.spotify)
    }

    pub(crate) fn atlassian(&self) -> MutexGuard<'_, atlassian::Kept> {
        open(&self.atlassian)
    }

    pub(crate) fn slack(&self) -> MutexGuard<'_, slack::Kept> {
        open(&self.slack)
    }

    pub(crate) fn linear(&self) -> MutexGuard<'_, linear::Kept> {
        open(&self.linear)
    }
}
