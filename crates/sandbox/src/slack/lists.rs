//! The lists of the Web API: channels, what was said in them, people, and an organization's workspaces. All in pages behind
//! cursors, all but the last with their scopes.

use super::{
    api::{Refusal, answer, missing, refusal},
    enterprise,
    kept::{channel, is_visible, micros, ts, user},
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
fn after(query: &Query, list: &str) -> Result<Option<String>, Refusal> {
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
    let mut wait = None;
    let is_unlisted = app.dials.of(Vendor::Slack).settings.unlisted;
    let mut response = answer(&app, &headers, "", |grant| {
        if is_unlisted {
            wait = app.data.slack().of(&grant.account).wait(app.now());
        }
        if wait.is_some() {
            refusal("ratelimited")
        } else {
            said(&app, grant, &query, is_unlisted).unwrap_or_else(|no| no)
        }
    });
    if let Some(seconds) = wait {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn said(app: &App, grant: &Grant, query: &Query, is_unlisted: bool) -> Result<Value, Refusal> {
    let id = query.get("channel").ok_or_else(|| refusal("channel_not_found"))?;
    let mut kept = app.data.slack();
    let workspace = kept.of(&grant.account);
    let channel = workspace.channels.get(id).filter(|channel| is_visible(&channel.value));
    let channel = channel.ok_or_else(|| refusal("channel_not_found"))?;
    let scope = if channel.value["is_private"] == true { "groups:history" } else { "channels:history" };
    if !grant.has(scope) {
        return Err(missing(grant, scope));
    }
    if channel.value["is_member"] == false {
        return Err(refusal("not_in_channel"));
    }
    let instant = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(text) => micros(text).map(Some).ok_or_else(|| refusal(&format!("invalid_ts_{name}"))),
    };
    let (oldest, latest, is_inclusive) = (instant("oldest")?, instant("latest")?, query.is_true("inclusive"));
    let limit = if is_unlisted { limit(query)?.min(UNLISTED_MOST) } else { limit(query)? };
    let before = after(query, id)?.and_then(|ts| micros(&ts));
    let of_channel = workspace.messages.living().filter_map(|thing| {
        let (of, at) = thing.id.split_once(':')?;
        (of == id).then_some((micros(at)?, thing))
    });
    let is_wanted = |at: i64| {
        oldest.is_none_or(|oldest| at > oldest || is_inclusive && at == oldest)
            && latest.is_none_or(|latest| at < latest || is_inclusive && at == latest)
            && before.is_none_or(|before| at < before)
    };
    let mut found: Vec<(i64, &Thing)> = of_channel.filter(|(at, _)| is_wanted(*at)).collect();
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let has_more = found.len() > limit;
    found.truncate(limit);
    let messages: Vec<&Value> = found.iter().map(|(_, thing)| &thing.value).collect();
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
