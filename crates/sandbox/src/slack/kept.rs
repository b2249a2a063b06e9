//! What is in a workspace: channels, what is said in them, and people. Empty until somebody orders something.

use super::threads::{Threads, first};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Shelf, Thing, Wrong, merge},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How often an app that is sold outside of the marketplace may read a channel, and a thread.
const UNLISTED_EVERY: TimeDelta = TimeDelta::minutes(1);

#[derive(Default)]
pub(super) struct Workspace {
    pub(super) channels: Shelf,
    /// As `CHANNEL:TS`.
    pub(super) messages: Shelf,
    pub(super) users: Shelf,
    last_id: u64,
    read_at: BTreeMap<&'static str, DateTime<Utc>>,
}

#[derive(Default)]
pub(crate) struct Kept(BTreeMap<Account, Workspace>);

impl Kept {
    pub(super) fn of(&mut self, account: &Account) -> &mut Workspace {
        self.0.entry(account.clone()).or_default()
    }
}

impl Workspace {
    /// Ids in the order of their making, so that the first is the first.
    fn next_id(&mut self, letter: char) -> String {
        self.last_id += 1;
        format!("{letter}{:010}", self.last_id)
    }

    /// How many seconds are left until this method may read again; none, and this counts as a reading.
    pub(super) fn wait(&mut self, method: &'static str, now: DateTime<Utc>) -> Option<i64> {
        let next = self.read_at.get(method).map(|read_at| *read_at + UNLISTED_EVERY).filter(|next| *next > now);
        if next.is_none() {
            self.read_at.insert(method, now);
        }
        next.map(|next| ((next - now).num_milliseconds() + 999) / 1000)
    }
}

/// Seconds and micros, as Slack writes an instant that is also an id.
pub(super) fn ts(micros: i64) -> String {
    format!("{:010}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000))
}

/// In microseconds; `None`: it is no instant of Slack's.
pub(super) fn micros(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let is_right = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = (is_right(seconds) && is_right(fraction) && fraction.len() <= 6).then(|| format!("{fraction:0<6}"));
    seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction?.parse().ok()?)
}

pub(super) fn channel(app: &App, account: &Account, thing: &Thing) -> Value {
    let (team, creator) = (account.slack_team_id(), app.people.person(Vendor::Slack, account).id);
    let is_private = thing.value["is_private"] == true;
    let mut channel = json!({
        "id": thing.id, "name": "a-channel", "is_channel": !is_private, "is_group": is_private, "is_im": false,
        "is_mpim": false, "is_private": is_private, "is_archived": false, "is_general": false, "is_member": true,
        "is_shared": false, "is_ext_shared": false, "is_org_shared": false, "created": thing.created_at.timestamp(),
        "creator": creator, "updated": thing.changed_at.timestamp_millis(),
        "topic": {"value": "", "creator": "", "last_set": 0}, "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": 2, "previous_names": [], "context_team_id": team, "shared_team_ids": [team],
    });
    merge(&mut channel, thing.value.clone());
    channel["name_normalized"] = channel["name"].clone();
    channel
}

pub(super) fn user(app: &App, account: &Account, thing: &Thing) -> Value {
    let picture = |size: u16| json!(format!("{}/avatars/{}?size={size}", app.url, thing.id));
    let team = account.slack_team_id();
    let mut user = json!({
        "id": thing.id, "team_id": team, "name": "cleo", "deleted": false, "color": "9f69e7", "real_name": "Cleo Rose",
        "tz": "Europe/Berlin", "tz_label": "Central European Time", "tz_offset": 3600, "is_admin": false,
        "is_owner": false, "is_primary_owner": false, "is_restricted": false, "is_ultra_restricted": false,
        "is_bot": false, "is_app_user": false, "updated": thing.changed_at.timestamp(),
        "profile": {
            "title": "", "phone": "", "real_name": "Cleo Rose", "display_name": "cleo", "status_text": "",
            "status_emoji": "", "status_expiration": 0, "avatar_hash": "g0", "email": "cleo@sandbox.invalid",
            "image_24": picture(24), "image_192": picture(192), "team": team,
        },
    });
    merge(&mut user, thing.value.clone());
    user
}

/// What somebody does. Nobody is deleted: who is taken out stays listed, and says so.
pub(crate) fn change(app: &App, order: &Order) -> Result<Done, Wrong> {
    let account = order.account.clone().unwrap_or_else(|| app.people.signed_in(Vendor::Slack));
    let now = order.at.unwrap_or_else(|| app.now());
    let mut kept = app.data.slack();
    let workspace = kept.of(&account);
    let things = match order.kind.as_str() {
        "channel" => {
            let made_up: Vec<String> = (0..order.count).map(|_| workspace.next_id('C')).collect();
            carry_out(&mut workspace.channels, order, now, made_up)?
        }
        "user" => {
            let made_up: Vec<String> = (0..order.count).map(|_| workspace.next_id('U')).collect();
            match order.op {
                Op::Delete => {
                    let out = workspace.users.update(order.named()?, now, |user| user["deleted"] = json!(true));
                    out.into_iter().collect()
                }
                Op::Create | Op::Update => carry_out(&mut workspace.users, order, now, made_up)?,
            }
        }
        "message" | "reply" => match order.op {
            Op::Create => say(workspace, &app.people.person(Vendor::Slack, &account).id, order, now)?,
            Op::Update => edit(workspace, order, now)?.into_iter().collect(),
            Op::Delete => take_back(workspace, order, now)?.into_iter().collect(),
        },
        _ => return Err(Wrong::Kind),
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    let item = match order.kind.as_str() {
        "channel" => channel(app, &account, first),
        "user" => user(app, &account, first),
        _ => first.value.clone(),
    };
    Ok(Done { item, ids: things.into_iter().map(|thing| thing.id).collect() })
}

fn carry_out(shelf: &mut Shelf, order: &Order, now: DateTime<Utc>, made_up: Vec<String>) -> Result<Vec<Thing>, Wrong> {
    let changed = match order.op {
        Op::Create => {
            if !shelf.has_room(order.count.into()) {
                return Err(Wrong::Full);
            }
            let mut made_up = made_up.into_iter();
            let ids = order.new_ids(|| made_up.next().unwrap_or_default(), |id| shelf.knows(id))?;
            return Ok(ids.into_iter().map(|id| shelf.create(id, order.item(), now)).collect());
        }
        Op::Update => shelf.update(order.named()?, now, |value| merge(value, order.item())),
        Op::Delete => shelf.remove(order.named()?, now),
    };
    Ok(changed.into_iter().collect())
}

/// Into the channel that the item names, the first one otherwise; where there is none, one is made. A microsecond apart. An answer
/// is under the message that it names, and a `reply` that names none under the first.
fn say(workspace: &mut Workspace, who: &str, order: &Order, now: DateTime<Utc>) -> Result<Vec<Thing>, Wrong> {
    if order.id.is_some() {
        return Err(Wrong::Item("the id of a message is its channel and its time"));
    }
    if !workspace.messages.has_room(order.count.into()) {
        return Err(Wrong::Full);
    }
    let mut item = order.item.clone();
    let head = match (item.get("thread_ts").and_then(Value::as_str), order.kind.as_str()) {
        (None, "message") => None,
        (wished, _) => Some(head(workspace, item.get("channel").and_then(Value::as_str), wished)?),
    };
    if let Some((channel, ts)) = head {
        item.extend([("channel".to_owned(), json!(channel)), ("thread_ts".to_owned(), json!(ts))]);
    }
    let first = workspace.channels.living().next().map(|first| first.id.clone());
    let channel = match item.remove("channel").as_ref().and_then(Value::as_str) {
        Some(id) if workspace.channels.get(id).is_some() => id.to_owned(),
        Some(_) => return Err(Wrong::Item("there is no such channel")),
        None => first.unwrap_or_else(|| {
            let id = workspace.next_id('C');
            workspace.channels.create(id, json!({"name": "general", "is_general": true}), now).id
        }),
    };
    let mut at = now.timestamp_micros();
    let mut things = Vec::new();
    for _ in 0..order.count {
        while workspace.messages.knows(&format!("{channel}:{}", ts(at))) {
            at += 1;
        }
        let mut message = json!({"type": "message", "user": who, "text": "Hello", "ts": ts(at)});
        merge(&mut message, Value::Object(item.clone()));
        things.push(workspace.messages.create(format!("{channel}:{}", ts(at)), message, now));
    }
    Ok(things)
}

/// The channel and the time of a message that may be answered.
fn head(workspace: &Workspace, channel: Option<&str>, ts: Option<&str>) -> Result<(String, String), Wrong> {
    let is_it = |thing: &&Thing| {
        first(&thing.value).is_none()
            && ts.is_none_or(|ts| thing.value["ts"] == ts)
            && channel.is_none_or(|channel| thing.id.starts_with(&format!("{channel}:")))
    };
    let found = workspace.messages.living().find(is_it).and_then(|thing| thing.id.split_once(':'));
    let (channel, ts) = found.ok_or(Wrong::Item("there is no such message to answer"))?;
    Ok((channel.to_owned(), ts.to_owned()))
}

/// Other words are an edit; anything else happens to a message.
fn edit(workspace: &mut Workspace, order: &Order, now: DateTime<Utc>) -> Result<Option<Thing>, Wrong> {
    Ok(workspace.messages.update(order.named()?, now, |message| {
        let before = message["text"].clone();
        merge(message, order.item());
        if message["text"] != before && !order.item.contains_key("edited") {
            message["edited"] = json!({"user": message["user"], "ts": ts(now.timestamp() * 1_000_000)});
        }
    }))
}

/// With answers under it, a stone is left in its place.
fn take_back(workspace: &mut Workspace, order: &Order, now: DateTime<Utc>) -> Result<Option<Thing>, Wrong> {
    let id = order.named()?;
    let there = workspace.messages.get(id).ok_or(Wrong::Missing)?;
    let answers = there.id.split_once(':').map_or(0, |(channel, ts)| Threads::of(workspace, channel).under(ts));
    if answers == 0 && there.value["reply_count"].as_u64().unwrap_or_default() == 0 {
        return Ok(workspace.messages.remove(id, now));
    }
    Ok(workspace.messages.update(id, now, |message| {
        let stone =
            json!({"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT", "hidden": true});
        merge(message, stone);
    }))
}

/// Whether a channel is shown to a token: everybody sees the public ones.
pub(super) fn is_visible(channel: &Value) -> bool {
    channel["is_private"] != true || channel["is_member"] != false
}
