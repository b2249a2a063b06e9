//! What a person keeps at Google: a calendar, a drive and a mailbox; and who watches them.

use super::{calendar::Calendar, channels::Channels, mail::Mailbox, pubsub::Subscription};
use crate::{account::Account, data::Shelf};
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Kept {
    people: BTreeMap<Account, Belongings>,
    pub(super) channels: Channels,
    /// Where a Pub/Sub topic is pushed to, as the operator set it up.
    pub(super) subscriptions: BTreeMap<String, Subscription>,
}

#[derive(Default)]
pub(super) struct Belongings {
    pub(super) calendar: Calendar,
    pub(super) drive: Shelf,
    pub(super) mailbox: Mailbox,
}

impl Kept {
    pub(super) fn of(&mut self, account: &Account) -> &mut Belongings {
        self.people.entry(account.clone()).or_default()
    }

    pub(super) fn mailboxes(&self) -> impl Iterator<Item = (&Account, &Mailbox)> {
        self.people.iter().map(|(account, belongings)| (account, &belongings.mailbox))
    }
}
