//! The lists of the Web API: channels, what was said in them, people, and an organization's workspaces. All in pages behind
//! cursors, all but the last with their scopes.

use super::{
    api::{Refusal, answer, missing, refusal},
    enterprise,
    kept::{Workspace, channel, is_visible, micros, ts, user},
    threads::{Threads, first, is_in_history},
};
use crate::{
    account::Vendor,
    app::App,
    data::{Query, Thing, read_cursor, write_cursor},
    ledger::Grant,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

/// What an app that is sold outside of the marketplace gets of a channel at once.
const UNLISTED_MOST: usize = 15;

/// An organization's token has to say which workspace it asks about.
fn check_team(grant: &Grant, query: &Query) -> Result<(), Refusal> {
    match query.get("team_id") {
        _ if enterprise(&grant.account).is_none() => Ok(()),
        None => Err(refusal("missing_argument")),
        Some(team) if team == grant.account.slack_team_id() => Ok(()),
        Some(_) => Err(refusal("team_not_found")),
    }
}

fn limit(query: &Query) -> Result<usize, Refusal> {
    query.size("limit", 100, 999).ok_or_else(|| refusal("invalid_limit"))
}

/// Behind which entry the page begins, if the cursor is one of this list.
pub(super) fn after(query: &Query, list: &str) -> Result<Option<String>, Refusal> {
    let Some(text) = query.get("cursor") else { return Ok(None) };
    let read = read_cursor::<(String, String)>(text).filter(|(of, _)| of == list);
    read.map(|(_, last)| Some(last)).ok_or_else(|| refusal("invalid_cursor"))
}

/// One page of what goes by its ids, and the cursor to the next one, which is empty behind the last.
fn page(list: &str, query: &Query, things: Vec<&Thing>) -> Result<(Vec<Thing>, String), Refusal> {
    let (limit, after) = (limit(query)?, after(query, list)?);
    let mut rest = things.into_iter().filter(|thing| after.as_ref().is_none_or(|after| thing.id > *after));
    let page: Vec<Thing> = rest.by_ref().take(limit).cloned().collect();
    let next = rest.next().and(page.last()).map(|last| write_cursor(&(list, &last.id)));
    Ok((page, next.unwrap_or_default()))
}

/// The kinds that are asked for, each behind a scope of its own.
fn check_types(grant: &Grant, query: &Query) -> Result<(bool, bool), Refusal> {
    let (mut public, mut private) = (false, false);
    for kind in query.get("types").unwrap_or("public_channel").split(',') {
        let (seen, scope) = match kind {
            "public_channel" => (&mut public, "channels:read"),
            "private_channel" => (&mut private, "groups:read"),
            _ => return Err(refusal("invalid_types")),
        };
        if !grant.has(scope) {
            return Err(missing(grant, scope));
        }
        *seen = true;
    }
    Ok((public, private))
}

fn channels(app: &App, grant: &Grant, query: &Query, list: &str) -> Result<Value, Refusal> {
    let (public, private) = check_types(grant, query)?;
    check_team(grant, query)?;
    let is_mine = list == "users.conversations";
    let account = &grant.account;
    let mut kept = app.data.slack();
    let wanted = |thing: &&Thing| {
        let is_private = thing.value["is_private"] == true;
        is_visible(&thing.value)
            && (if is_private { private } else { public })
            && !(query.is_true("exclude_archived") && thing.value["is_archived"] == true)
            && !(is_mine && thing.value["is_member"] == false)
    };
    let found = kept.of(account).channels.living().filter(wanted).collect();
    let (things, next) = page(list, query, found)?;
    drop(kept);
    let mut channels: Vec<Value> = things.iter().map(|thing| channel(app, account, thing)).collect();
    if is_mine {
        // Whoever is in a channel is not told how many others are.
        channels.iter_mut().filter_map(Value::as_object_mut).for_each(|channel| {
            channel.remove("num_members");
        });
    }
    Ok(json!({"ok": true, "channels": channels, "response_metadata": {"next_cursor": next}}))
}

pub(super) async fn conversations(State(app): State<App>, query: Query, headers: HeaderMap) -> Response {
    answer(&app, &headers, "", |grant| channels(&app, grant, &query, "conversations.list").unwrap_or_else(|no| no))
}

pub(super) async fn my_conversations(State(app): State<App>, query: Query, headers: HeaderMap) -> Response {
    answer(&app, &headers, "", |grant| channels(&app, grant, &query, "users.conversations").unwrap_or_else(|no| no))
}

/// The newest first; a cursor is good for the channel it is of.
pub(super) async fn history(State(app): State<App>, query: Query, headers: HeaderMap) -> Response {
    pace(&app, &headers, "conversations.history", |grant, most| said(&app, grant, &query, most))
}

/// Says how much is given at once at most, or that an app that is sold outside of the marketplace has to wait.
pub(super) fn pace(
    app: &App,
    headers: &HeaderMap,
    method: &'static str,
    said: impl FnOnce(&Grant, usize) -> Result<Value, Refusal>,
) -> Response {
    let mut wait = None;
    let is_unlisted = app.dials.of(Vendor::Slack).settings.unlisted;
    let mut response = answer(app, headers, "", |grant| {
        if is_unlisted {
            wait = app.data.slack().of(&grant.account).wait(method, app.now());
        }
        if wait.is_some() {
            refusal("ratelimited")
        } else {
            said(grant, if is_unlisted { UNLISTED_MOST } else { usize::MAX }).unwrap_or_else(|no| no)
        }
    });
    if let Some(seconds) = wait {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The channel that is asked for, if the caller may read it.
pub(super) fn open<'a>(workspace: &'a Workspace, grant: &Grant, query: &Query) -> Result<&'a Thing, Refusal> {
    let id = query.get("channel").ok_or_else(|| refusal("channel_not_found"))?;
    let channel = workspace.channels.get(id).filter(|channel| is_visible(&channel.value));
    let channel = channel.ok_or_else(|| refusal("channel_not_found"))?;
    let scope = if channel.value["is_private"] == true { "groups:history" } else { "channels:history" };
    if !grant.has(scope) {
        return Err(missing(grant, scope));
    }
    if channel.value["is_member"] == false {
        return Err(refusal("not_in_channel"));
    }
    Ok(channel)
}

/// Between two instants, which are left out unless they are asked for.
pub(super) struct Window {
    oldest: Option<i64>,
    latest: Option<i64>,
    is_inclusive: bool,
}

impl Window {
    pub(super) fn read(query: &Query) -> Result<Self, Refusal> {
        let instant = |name: &str| match query.get(name) {
            None => Ok(None),
            Some(text) => micros(text).map(Some).ok_or_else(|| refusal(&format!("invalid_ts_{name}"))),
        };
        let (oldest, latest) = (instant("oldest")?, instant("latest")?);
        Ok(Self { oldest, latest, is_inclusive: query.is_true("inclusive") })
    }

    pub(super) fn has(&self, at: i64) -> bool {
        self.oldest.is_none_or(|oldest| at > oldest || self.is_inclusive && at == oldest)
            && self.latest.is_none_or(|latest| at < latest || self.is_inclusive && at == latest)
    }
}

fn said(app: &App, grant: &Grant, query: &Query, most: usize) -> Result<Value, Refusal> {
    let mut kept = app.data.slack();
    let workspace = kept.of(&grant.account);
    let id = open(workspace, grant, query)?.id.as_str();
    let (window, limit) = (Window::read(query)?, limit(query)?.min(most));
    let before = after(query, id)?.and_then(|ts| micros(&ts));
    let of_channel = workspace.messages.living().filter_map(|thing| {
        let (of, at) = thing.id.split_once(':')?;
        (of == id && is_in_history(&thing.value)).then_some((micros(at)?, thing))
    });
    let is_wanted = |at: i64| window.has(at) && before.is_none_or(|before| at < before);
    let mut found: Vec<(i64, &Thing)> = of_channel.filter(|(at, _)| is_wanted(*at)).collect();
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let has_more = found.len() > limit;
    found.truncate(limit);
    let threads = Threads::of(workspace, id);
    let show = |thing: &Thing| {
        let mut shown = threads.shown(&thing.value);
        // An answer brings along what it is an answer to.
        if let Some(first) = first(&thing.value) {
            let first = workspace.messages.get(&format!("{id}:{first}")).map(|first| threads.shown(&first.value));
            shown["root"] = first.unwrap_or_default();
        }
        shown
    };
    let messages: Vec<Value> = found.iter().map(|(_, thing)| show(thing)).collect();
    let mut said = json!({"ok": true, "messages": messages, "has_more": has_more, "pin_count": 0});
    if let Some((last, _)) = found.last().filter(|_| has_more) {
        said["response_metadata"] = json!({"next_cursor": write_cursor(&(id, ts(*last)))});
    }
    Ok(said)
}

/// Who asks without a limit is refused.
pub(super) async fn users(State(app): State<App>, query: Query, headers: HeaderMap) -> Response {
    let list = |grant: &Grant| {
        check_team(grant, &query)?;
        if query.get("limit").is_none() {
            return Err(refusal("limit_required"));
        }
        let mut kept = app.data.slack();
        let found = kept.of(&grant.account).users.living().collect();
        let (things, next) = page("users.list", &query, found)?;
        drop(kept);
        let mut members: Vec<Value> = things.iter().map(|thing| user(&app, &grant.account, thing)).collect();
        if !grant.has("users:read.email") {
            members.iter_mut().filter_map(|member| member["profile"].as_object_mut()).for_each(|profile| {
                profile.remove("email");
            });
        }
        let cache_ts = app.now().timestamp();
        Ok(json!({"ok": true, "members": members, "cache_ts": cache_ts, "response_metadata": {"next_cursor": next}}))
    };
    answer(&app, &headers, "users:read", |grant| list(grant).unwrap_or_else(|no: Refusal| no))
}

/// Of an organization; a workspace's token is of that workspace.
pub(super) async fn teams(State(app): State<App>, query: Query, headers: HeaderMap) -> Response {
    let list = |grant: &Grant| {
        limit(&query)?;
        after(&query, "auth.teams.list")?;
        let team = json!({"id": grant.account.slack_team_id(), "name": format!("{} workspace", grant.account)});
        Ok(json!({"ok": true, "teams": [team], "response_metadata": {"next_cursor": ""}}))
    };
    answer(&app, &headers, "", |grant| list(grant).unwrap_or_else(|no: Refusal| no))
}
