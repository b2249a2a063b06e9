//! Behind the scenes: what a person does with their things, and what becomes of the watches and cursors.

use super::{calendar, channels, channels::Kind, drive, kept::Kept, mail, pubsub::Push};
use crate::{
    account::{Account, Vendor},
    app::App,
    courier::deliver_all,
    data::{Done, Order, Wrong},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) async fn change(app: &App, order: &Order) -> Result<(Done, Vec<Value>), Wrong> {
    let account = order.account.clone().unwrap_or_else(|| app.people.signed_in(Vendor::Google));
    let now = order.at.unwrap_or_else(|| app.now());
    let (done, told) = match order.kind.as_str() {
        "calendar" => (calendar::change(app, &account, order, now)?, Told::Channels(Kind::Calendar)),
        "drive" => (drive::change(app, &account, order, now)?, Told::Channels(Kind::Drive)),
        "mail" => {
            let (done, labels) = mail::change(app, &account, order, now)?;
            (done, Told::Topic(labels))
        }
        _ => return Err(Wrong::Kind),
    };
    let receipts = match told {
        _ if !order.notify => Vec::new(),
        Told::Channels(kind) => channels::notify(app, &account, kind).await,
        Told::Topic(labels) => publish(app, &account, &labels).await,
    };
    Ok((done, receipts))
}

/// Who is told of a change.
enum Told {
    Channels(Kind),
    /// The topic of the mailbox, if these labels are watched.
    Topic(Vec<String>),
}

/// Pushes to where the topic of the mailbox's watch leads, if it leads anywhere.
async fn publish(app: &App, account: &Account, labels: &[String]) -> Vec<Value> {
    let subscription = {
        let mut kept = app.data.google();
        let watch = kept.of(account).mailbox.watch.clone();
        let living = watch.filter(|watch| watch.expires_at > app.now() && watch.hears(labels));
        living.and_then(|watch| kept.subscriptions.get(&watch.topic).cloned())
    };
    match subscription {
        Some(subscription) => {
            let letter = Push::of(subscription, account).letter(app);
            deliver_all(app, vec![(format!("mail-{account}"), letter)]).await
        }
        None => Vec::new(),
    }
}

/// Which cursors are to be too old from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ageing {
    account: Option<Account>,
    kind: Aged,
    /// Calendar: what its 410 says.
    #[serde(default)]
    reason: Reason,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Aged {
    Calendar,
    Mail,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Reason {
    #[default]
    FullSyncRequired,
    UpdatedMinTooLongAgo,
}

pub(crate) fn expire_cursors(app: &App, wish: Ageing) {
    let account = wish.account.unwrap_or_else(|| app.people.signed_in(Vendor::Google));
    let mut kept = app.data.google();
    let theirs = kept.of(&account);
    match (wish.kind, wish.reason) {
        (Aged::Mail, _) => theirs.mailbox.forget(),
        (Aged::Calendar, Reason::FullSyncRequired) => theirs.calendar.forget("fullSyncRequired"),
        (Aged::Calendar, Reason::UpdatedMinTooLongAgo) => theirs.calendar.forget("updatedMinTooLongAgo"),
    }
}

impl Kept {
    pub(crate) fn watches(&self, now: DateTime<Utc>) -> Value {
        let mut watches = self.channels.listed(now);
        watches.extend(self.mail_watches(now));
        json!({"watches": watches, "subscriptions": self.subscribed()})
    }

    /// The vendor forgets it, and tells nobody.
    pub(crate) fn forget_watch(&mut self, id: &str) -> bool {
        self.channels.forget(id) || self.forget_mail_watch(id)
    }
}
