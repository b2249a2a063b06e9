//! Messages of the channels that the token's owner is in, channel by channel.
//!
//! A first look reaches some months back. From then on each pass looks at what was written since the pass before it began, and
//! some time further back, where it finds what was edited, what people have reacted to, and what was deleted under answers.
//! Later edits and other deletions only events tell: Slack has no list of changes, and to read all of a workspace's history anew
//! would take days. So what a new listing does not name is not gone; a workspace that does not pay also hides what is older than
//! 90 days. What was said in a channel before the app came in is not fetched either.
//!
//! Answers stand in threads, each of which is asked for by itself, behind the page of history that it is found on; see `threads`.

use super::{
    threads::{self, Threads, Wanted},
    turns::{Turns, next},
};
use crate::{
    Call, CallError, Change, PageAsk, Record, RecordPage, RecordState, StreamError,
    slack::{
        api::{self, Answered},
        hooks::is_spoken,
        moment,
    },
    told::{cursor, entries, kept, text, title},
};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;

/// Whether somebody has read or follows it, pictures, the author once more, and the first message of the thread that it answers,
/// which is a record of its own.
pub(super) const VOLATILE: [&str; 7] = [
    "/last_read",
    "/subscribed",
    "/unread_count",
    "/bot_profile/icons",
    "/bot_profile/updated",
    "/user_profile",
    "/root",
];
/// A first look reaches this far back: what a workspace that does not pay may see.
const HORIZON: TimeDelta = TimeDelta::days(90);
/// A message is looked at once more for this long; and our clock need not be Slack's.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// An app that is sold outside of Slack's marketplace gets 15 and one request a minute: it may be given fewer than it has asked
/// for, which a page's own cursor tells, or be refused.
const FEW: u16 = 15;
/// Channels of a page of the list, which the cursor holds.
const CHANNELS: &str = "100";
/// An answer that is found that much later than it was given is in a thread that nobody had looked at, and is no news. As long as
/// it is remembered what events have told.
const NEWS: TimeDelta = TimeDelta::days(7);

#[derive(Serialize, Deserialize)]
pub(super) struct Position {
    /// When the last whole pass began. One mark for all channels, for there is no bound to how many there are.
    since: Option<DateTime<Utc>>,
    pub limit: u16,
    /// Threads that are followed.
    #[serde(default, skip_serializing_if = "Threads::is_empty")]
    pub threads: Threads,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pass: Option<Pass>,
}

impl Position {
    /// From when on messages are looked at; `None`: this is the first look.
    pub(super) fn window(&self) -> Option<DateTime<Utc>> {
        self.since.map(|since| since - OVERLAP)
    }

    /// An app that is given less asks for less, from here on.
    pub(super) fn ask_for_less(&mut self) -> Result<Fetched, StreamError> {
        if self.limit <= FEW {
            return Err(CallError::Refused.into());
        }
        self.limit = FEW;
        Ok(Fetched::Records(Vec::new()))
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Pass {
    began: DateTime<Utc>,
    pub turns: Turns,
    /// Leads to more channels.
    list: Option<String>,
    /// Those of the list's last page that are still to come; the first is under way.
    channels: Vec<String>,
    /// Within that one.
    page: Option<String>,
    /// Threads that come before what is left of the channels: those of one page, or behind all channels those that are followed.
    #[serde(default)]
    pub threads: VecDeque<Wanted>,
    /// How many more may be asked for.
    #[serde(default)]
    pub threads_left: u32,
    /// Whether those that are followed have had their turn.
    #[serde(default)]
    has_followed: bool,
}

/// What a request has come to.
pub(super) enum Fetched {
    Records(Vec<Record>),
    /// The cursor it was asked with leads nowhere any more.
    DeadCursor,
}

pub(super) async fn page(call: Call<'_>, ask: PageAsk<'_>) -> Result<RecordPage, StreamError> {
    let position = cursor::<Position>(ask.cursor)?;
    let mut position =
        position.unwrap_or(Position { since: None, limit: ask.batch, threads: Threads::default(), pass: None });
    let mut pass = match position.pass.take() {
        Some(pass) => pass,
        None => Pass {
            began: call.now,
            turns: Turns::begin(call, Some("history")).await?,
            list: None,
            channels: Vec::new(),
            page: None,
            threads: VecDeque::new(),
            threads_left: threads::allowance(position.since.is_none(), position.limit <= FEW),
            has_followed: false,
        },
    };
    let fetched = match (pass.threads.front().cloned(), pass.channels.first().cloned()) {
        (Some(thread), _) => threads::answers(call, &mut position, &mut pass, thread).await?,
        _ if pass.turns.is_over() => Fetched::Records(Vec::new()),
        (None, None) => listed(call, &mut pass).await?,
        (None, Some(channel)) => said(call, &mut position, &mut pass, &channel).await?,
    };
    let records = match fetched {
        Fetched::Records(records) => records,
        // A first pass begins anew, lest it is taken for whole.
        Fetched::DeadCursor if position.since.is_none() => return Err(StreamError::CursorExpired),
        // The next time, so that a cursor that is never taken does not go round and round.
        Fetched::DeadCursor => {
            position.pass = Some(pass);
            return Ok(RecordPage { records: Vec::new(), cursor: kept(&position)?, more: false });
        }
    };
    if pass.channels.is_empty() && pass.list.is_none() && pass.threads.is_empty() {
        pass.turns.pass_on();
    }
    if pass.turns.is_over() && !pass.has_followed {
        pass.has_followed = true;
        pass.threads = position.threads.due(call.now, position.window(), pass.threads_left).into();
    }
    let more = !pass.turns.is_over() || !pass.threads.is_empty();
    if more {
        position.pass = Some(pass);
    } else {
        position.since = Some(pass.began);
        position.threads.end_pass();
    }
    Ok(RecordPage { records, cursor: kept(&position)?, more })
}

/// One more page of the channels.
async fn listed(call: Call<'_>, pass: &mut Pass) -> Result<Fetched, StreamError> {
    if pass.turns.types.is_empty() {
        return Err(CallError::Refused.into());
    }
    let mut query = vec![("limit", CHANNELS), ("exclude_archived", "true"), ("types", &pass.turns.types)];
    query.extend(pass.turns.team());
    query.extend(pass.list.as_deref().map(|list| ("cursor", list)));
    let body = match api::list(call, "users.conversations", &query).await? {
        Answered::Page(body) => body,
        Answered::DeadCursor => {
            pass.list = None;
            return Ok(Fetched::DeadCursor);
        }
        Answered::TooMany | Answered::Closed => return Err(CallError::Refused.into()),
    };
    pass.channels = entries(&body, "/channels").iter().filter_map(|channel| text(channel, "/id")).collect();
    pass.list = next(&body);
    Ok(Fetched::Records(Vec::new()))
}

/// One more page of a channel.
async fn said(call: Call<'_>, position: &mut Position, pass: &mut Pass, channel: &str) -> Result<Fetched, StreamError> {
    let oldest = position.window().unwrap_or(pass.began - HORIZON);
    let (oldest, limit) = (format!("{}.000000", oldest.timestamp()), position.limit.to_string());
    let mut query = vec![("channel", channel), ("limit", &limit), ("oldest", &oldest)];
    query.extend(pass.page.as_deref().map(|page| ("cursor", page)));
    let mut body = match api::list(call, "conversations.history", &query).await? {
        Answered::Page(body) => body,
        Answered::Closed => Value::Null,
        Answered::TooMany => return position.ask_for_less(),
        Answered::DeadCursor => {
            pass.page = None;
            return Ok(Fetched::DeadCursor);
        }
    };
    pass.page = next(&body);
    if pass.page.is_none() {
        pass.channels.remove(0);
    }
    let messages = match body.get_mut("messages").map(Value::take) {
        Some(Value::Array(messages)) => messages,
        None if body.is_null() => Vec::new(),
        _ => return Err(CallError::Unreadable.into()),
    };
    if pass.page.is_some() && messages.len() <= usize::from(FEW) {
        threads::is_scarce(pass);
    }
    threads::notice(position, pass, channel, &messages, call.now);
    let read = |message| record(&pass.turns.place, channel, message);
    Ok(Fetched::Records(messages.into_iter().filter_map(read).collect()))
}

/// The vendor's JSON, with the channel that it is from. What was deleted under answers stays as a stone that says so.
pub(super) fn record(place: &str, channel: &str, mut message: Value) -> Option<Record> {
    let ts = text(&message, "/ts")?;
    let external_id = format!("{place}:{channel}:{ts}");
    if text(&message, "/subtype").as_deref() == Some("tombstone") {
        return Some(Record { external_id, changed_at: None, state: RecordState::Gone });
    }
    message["channel"] = channel.into();
    let changed_at = edited_at(&message).or_else(|| moment::read(&ts));
    Some(Record { external_id, changed_at, state: RecordState::There(message) })
}

fn edited_at(message: &Value) -> Option<DateTime<Utc>> {
    moment::read(&text(message, "/edited/ts")?)
}

/// By the same rules as Slack's events are told: only the words are a person's, and what Slack writes into a channel about other
/// things means nothing.
pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, message, occurred_at, changes) = match change {
        Change::Created { now } if is_old_answer(now, at) => return None,
        Change::Created { now } => {
            (SignalKind::MessagePosted, now, text(now, "/ts").and_then(|ts| moment::read(&ts)), Vec::new())
        }
        Change::Updated { before, now } => {
            let has_moved = |path: &str| before.pointer(path) != now.pointer(path);
            let is_edited = edited_at(now).is_some() && has_moved("/edited");
            if !is_edited && !has_moved("/text") {
                return None;
            }
            (SignalKind::MessageUpdated, now, edited_at(now).filter(|_| is_edited), vec!["text".to_owned()])
        }
        Change::Deleted { before } => (SignalKind::MessageDeleted, before?, None, Vec::new()),
    };
    if !is_spoken(text(message, "/subtype").as_deref()) {
        return None;
    }
    let channel = record.external_id.split(':').nth(1)?.to_owned();
    let subject = Subject {
        kind: "message".to_owned(),
        external_id: record.external_id.clone(),
        number: None,
        title: title(message, "/text"),
        url: None,
    };
    // An administrator may have deleted it.
    let actor = if kind == SignalKind::MessageDeleted { None } else { speaker(message) };
    let container = Some(Container { kind: "channel".to_owned(), external_id: channel, name: None, url: None });
    Some(NewSignal { kind, subject, actor, container, occurred_at: occurred_at.unwrap_or(at), changes })
}

fn is_old_answer(message: &Value, at: DateTime<Utc>) -> bool {
    let (ts, thread) = (text(message, "/ts"), text(message, "/thread_ts"));
    let said_at = ts.as_deref().and_then(moment::read);
    thread.is_some() && thread != ts && said_at.is_some_and(|said_at| at - said_at > NEWS)
}

/// A person, or an app that speaks under a name of its own or as its bot user.
fn speaker(message: &Value) -> Option<Actor> {
    let bot = text(message, "/bot_id");
    let is_bot = bot.is_some();
    Some(Actor {
        external_id: text(message, "/user").or(bot)?,
        name: text(message, "/username").or_else(|| text(message, "/bot_profile/name")),
        is_bot,
    })
}
