//! What the vendors remember: grants, installations, hooks and the clock's offset. Written to a file after each change when
//! one is configured; every token in it is a digest, so the file gives nobody access to anything. Only the secrets of
//! hooks stand there as they are: what is to sign with them needs them.

mod book;
mod consents;
mod file;
mod hooks;
mod installations;
mod terms;

pub(crate) use book::Book;
pub use file::StateFileError;
pub(crate) use hooks::{Hook, Hooks, Particular};
pub(crate) use installations::{Installation, Installations};
pub(crate) use terms::{Actor, Code, Grant, Issued, Lifetimes, Refreshing, Reuse, Terms, TokenShape, Whose};

use crate::account::Vendor;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// The digest under which a token is known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Digest(String);

impl Digest {
    pub(crate) fn of(token: &str) -> Self {
        Self(hex::encode(kernel::sha256(token)))
    }
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Ledger {
    pub(crate) installations: Installations,
    #[serde(default)]
    pub(crate) hooks: Hooks,
    /// How far the sandbox's clock has been moved, so that what has expired stays expired after a restart.
    pub(crate) advanced_seconds: u32,
    /// In the file each under its vendor's name.
    #[serde(flatten)]
    books: BTreeMap<Vendor, Book>,
}

impl Ledger {
    pub(crate) fn book(&mut self, vendor: Vendor) -> &mut Book {
        self.books.entry(vendor).or_default()
    }
}

/// The one lock round the ledger: whatever is decided inside it is atomic, which is what makes a code single-use.
pub(crate) struct Store {
    ledger: Mutex<Ledger>,
    path: Option<PathBuf>,
}

impl Store {
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, StateFileError> {
        let ledger = path.as_deref().map(file::read).transpose()?.flatten().unwrap_or_default();
        Ok(Self { ledger: Mutex::new(ledger), path })
    }

    /// For questions.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&mut Ledger) -> T) -> T {
        ask(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// For changes; they are on disk before the answer leaves. A disk that fails must not fail the vendor's answer: the
    /// change holds until the restart, and the log says why it will not hold longer.
    pub(crate) fn change<T>(&self, decide: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let result = decide(&mut ledger);
        if let Some(path) = &self.path
            && let Err(error) = file::write(path, &ledger)
        {
            tracing::error!(%error, path = %path.display(), "the state file cannot be written");
        }
        result
    }
}
