//! A mailbox: messages, and the history of what was added, deleted and labelled. Ids of the history are above 32 bits and
//! have gaps.

mod history;
mod messages;
mod watch;

pub(super) use history::list as history;
pub(super) use messages::{get, list, profile};
pub(super) use watch::{Watch, stop, watch};

use super::{
    kept::Kept,
    refused::{Refused, granted},
};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Shelf, Thing, Wrong, merge},
    ledger::Grant,
};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const SCOPES: [&str; 4] = ["gmail.readonly", "gmail.modify", "https://mail.google.com/", "gmail.metadata"];
const FIRST_HISTORY_ID: u64 = 9_876_540_000;
const HISTORY_STEP: u64 = 17;
/// The oldest records go first.
const MOST_RECORDS: usize = 100_000;

/// What happened to a message.
#[derive(Clone, PartialEq, Eq)]
enum Event {
    Added,
    Deleted,
    Labelled(Vec<String>),
    Unlabelled(Vec<String>),
}

struct Record {
    id: u64,
    message: String,
    thread: String,
    labels: Vec<String>,
    event: Event,
}

pub(super) struct Mailbox {
    messages: Shelf,
    records: Vec<Record>,
    history_id: u64,
    /// What lies before is not known any more.
    forgotten: u64,
    pub(super) watch: Option<Watch>,
}

impl Default for Mailbox {
    fn default() -> Self {
        let (history_id, forgotten) = (FIRST_HISTORY_ID, FIRST_HISTORY_ID);
        Self { messages: Shelf::default(), records: Vec::new(), history_id, forgotten, watch: None }
    }
}

impl Mailbox {
    pub(super) fn history_id(&self) -> u64 {
        self.history_id
    }

    /// Every id given until now is too old.
    pub(super) fn forget(&mut self) {
        self.history_id += HISTORY_STEP;
        self.forgotten = self.history_id;
        self.records.clear();
    }

    fn record(&mut self, thing: &Thing, event: Event) {
        self.history_id += HISTORY_STEP;
        if self.records.len() >= MOST_RECORDS
            && let Some(oldest) = self.records.drain(..MOST_RECORDS / 2).next_back()
        {
            self.forgotten = oldest.id;
        }
        let (id, message, thread) = (self.history_id, thing.id.clone(), thread(thing));
        self.records.push(Record { id, message, thread, labels: labels(thing), event });
    }
}

fn thread(thing: &Thing) -> String {
    thing.value["threadId"].as_str().unwrap_or(&thing.id).to_owned()
}

fn labels(thing: &Thing) -> Vec<String> {
    let labels = thing.value["labelIds"].as_array().into_iter().flatten();
    labels.filter_map(|label| label.as_str().map(ToOwned::to_owned)).collect()
}

/// The grant, if the mailbox in the path is its person's.
fn owner(app: &App, headers: &HeaderMap, user: &str) -> Result<Grant, Refused> {
    let grant = granted(app, headers, &SCOPES)?;
    let email = app.people.person(Vendor::Google, &grant.account).email;
    if user == "me" || email.as_deref() == Some(user) {
        Ok(grant)
    } else {
        Err(Refused::new(StatusCode::FORBIDDEN, "forbidden", format!("Delegation denied for {}", grant.account)))
    }
}

/// A message as an order writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    from: Option<String>,
    to: Option<String>,
    subject: Option<String>,
    text: Option<String>,
    thread_id: Option<String>,
    label_ids: Option<Vec<String>>,
}

/// What becomes of a mailbox by an order. The third: which labels a push is for.
pub(super) fn change(
    app: &App,
    account: &Account,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<(Done, Vec<String>), Wrong> {
    let sentence = "a mail has from, to, subject, text, threadId and labelIds";
    let written: Written = serde_json::from_value(order.item()).map_err(|_| Wrong::Item(sentence))?;
    let mut kept = app.data.google();
    let mailbox = &mut kept.of(account).mailbox;
    let things = match order.op {
        Op::Create => mailbox.receive(app, account, order, written, now)?,
        Op::Update => vec![mailbox.label(order.named()?, written.label_ids, now)?],
        Op::Delete => {
            let thing = mailbox.messages.remove(order.named()?, now).ok_or(Wrong::Missing)?;
            mailbox.record(&thing, Event::Deleted);
            vec![thing]
        }
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    let (item, of_push) = (messages::shown(first, "full", &[]), labels(first));
    Ok((Done { item, ids: things.into_iter().map(|thing| thing.id).collect() }, of_push))
}

impl Mailbox {
    fn receive(
        &mut self,
        app: &App,
        account: &Account,
        order: &Order,
        written: Written,
        now: DateTime<Utc>,
    ) -> Result<Vec<Thing>, Wrong> {
        if !self.messages.has_room(order.count.into()) {
            return Err(Wrong::Full);
        }
        let made_up = || Uuid::new_v4().simple().to_string()[..16].to_owned();
        let ids = order.new_ids(made_up, |id| self.messages.knows(id))?;
        let own = app.people.person(Vendor::Google, account).email;
        let value = json!({
            "labelIds": written.label_ids.unwrap_or_else(|| vec!["INBOX".to_owned(), "UNREAD".to_owned()]),
            "from": written.from.unwrap_or_else(|| "Mia <mia@sandbox.invalid>".to_owned()),
            "to": written.to.or(own).unwrap_or_default(),
            "subject": written.subject.unwrap_or_else(|| "A mail".to_owned()),
            "text": written.text.unwrap_or_else(|| "Hello.".to_owned()),
        });
        let mut things = Vec::new();
        for id in ids {
            let mut value = value.clone();
            value["threadId"] = json!(written.thread_id.as_ref().unwrap_or(&id));
            value["historyId"] = json!(self.history_id + HISTORY_STEP);
            let thing = self.messages.create(id, value, now);
            self.record(&thing, Event::Added);
            things.push(thing);
        }
        Ok(things)
    }

    /// Everything but the labels of a mail is as it was sent.
    fn label(&mut self, id: &str, wanted: Option<Vec<String>>, now: DateTime<Utc>) -> Result<Thing, Wrong> {
        let wanted: BTreeSet<String> =
            wanted.ok_or(Wrong::Item("an update of a mail changes its labelIds"))?.into_iter().collect();
        let before: BTreeSet<String> = labels(self.messages.get(id).ok_or(Wrong::Missing)?).into_iter().collect();
        let change = json!({"labelIds": wanted, "historyId": self.history_id + HISTORY_STEP});
        let thing = self.messages.update(id, now, |value| merge(value, change)).ok_or(Wrong::Missing)?;
        let added: Vec<String> = wanted.difference(&before).cloned().collect();
        let removed: Vec<String> = before.difference(&wanted).cloned().collect();
        if !added.is_empty() {
            self.record(&thing, Event::Labelled(added));
        }
        if !removed.is_empty() {
            self.record(&thing, Event::Unlabelled(removed));
        }
        Ok(thing)
    }
}

impl Kept {
    /// The watches of mailboxes as they are listed, each under an id of ours.
    pub(super) fn mail_watches(&self, now: DateTime<Utc>) -> Vec<Value> {
        let listed = |(account, mailbox): (&Account, &Mailbox)| {
            let mut told = json!(mailbox.watch.as_ref()?);
            told["id"] = json!(format!("mail-{account}"));
            (told["kind"], told["account"]) = (json!("mail"), json!(account));
            told["expired"] = json!(mailbox.watch.as_ref()?.expires_at <= now);
            Some(told)
        };
        self.mailboxes().filter_map(listed).collect()
    }

    pub(super) fn forget_mail_watch(&mut self, id: &str) -> bool {
        let account = id.strip_prefix("mail-").and_then(|name| name.parse::<Account>().ok());
        account.is_some_and(|account| self.of(&account).mailbox.watch.take().is_some())
    }
}

/// As long as a watch lives.
const WATCH_LIFE: TimeDelta = TimeDelta::days(7);
