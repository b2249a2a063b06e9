//! The mails there are, oldest first, and which of them a waiting caller has not been given yet.

use super::Mail;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// The oldest go first.
const LIMIT: usize = 200;
/// How long a caller waits for a mail that it has not seen.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Kept {
    mails: VecDeque<Mail>,
    /// The number of the newest mail that a waiting caller was given.
    seen: u64,
}

pub(crate) struct Mailbox {
    kept: Mutex<Kept>,
    /// The number of the newest mail of this run.
    newest: watch::Sender<u64>,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { kept: Mutex::default(), newest: watch::Sender::new(0) }
    }
}

impl Mailbox {
    fn kept<T>(&self, with: impl FnOnce(&mut Kept) -> T) -> T {
        with(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put(&self, mut mail: Mail) {
        self.kept(|kept| {
            mail.id = *self.newest.borrow() + 1;
            let id = mail.id;
            kept.mails.push_back(mail);
            if kept.mails.len() > LIMIT {
                kept.mails.pop_front();
            }
            self.newest.send_replace(id);
        });
    }

    pub(crate) fn all(&self) -> Vec<Mail> {
        self.kept(|kept| kept.mails.iter().cloned().collect())
    }

    pub(crate) fn one(&self, id: u64) -> Option<Mail> {
        self.kept(|kept| kept.mails.iter().find(|mail| mail.id == id).cloned())
    }

    /// All of them, as soon as there is one that no earlier caller of this was given, or when patience ends.
    pub(crate) async fn all_with_unseen(&self) -> Vec<Mail> {
        let mut newest = self.newest.subscribe();
        let seen = self.kept(|kept| kept.seen);
        let fresh = newest.wait_for(|newest| *newest > seen);
        // Whether it ran out of time or not, what there is now is the answer.
        let _ = tokio::time::timeout(PATIENCE, fresh).await;
        self.kept(|kept| {
            kept.seen = kept.mails.back().map_or(kept.seen, |mail| mail.id);
            kept.mails.iter().cloned().collect()
        })
    }

    pub(crate) fn empty(&self) {
        self.kept(|kept| {
            kept.mails.clear();
            kept.seen = *self.newest.borrow();
        });
    }
}
