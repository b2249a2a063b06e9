//! Answers in threads. In a channel's history there are the first messages, which tell of their answers, and of these the ones that
//! were sent to the channel as well.

use super::{
    api::{Refusal, refusal},
    kept::{Workspace, micros, ts},
    lists::{Window, after, open, pace},
};
use crate::{
    app::App,
    data::{Query, write_cursor},
    ledger::Grant,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What one answer has at most.
const MOST: usize = 1000;

/// The message that one answers, if it does.
pub(super) fn first(message: &Value) -> Option<&str> {
    message["thread_ts"].as_str().filter(|first| message["ts"] != **first)
}

pub(super) fn is_in_history(message: &Value) -> bool {
    first(message).is_none() || message["subtype"] == "thread_broadcast"
}

/// The answers of a channel by the messages that they are under, the oldest first.
pub(super) struct Threads<'a>(BTreeMap<&'a str, BTreeMap<i64, &'a Value>>);

impl<'a> Threads<'a> {
    pub(super) fn of(workspace: &'a Workspace, channel: &str) -> Self {
        let mut threads: BTreeMap<&str, BTreeMap<i64, &Value>> = BTreeMap::new();
        for thing in workspace.messages.living() {
            let Some((of, at)) = thing.id.split_once(':') else { continue };
            if let (true, Some(first), Some(at)) = (of == channel, first(&thing.value), micros(at)) {
                threads.entry(first).or_default().insert(at, &thing.value);
            }
        }
        Self(threads)
    }

    pub(super) fn under(&self, ts: &str) -> usize {
        self.0.get(ts).map_or(0, BTreeMap::len)
    }

    /// As the history has it.
    pub(super) fn shown(&self, message: &Value) -> Value {
        let mut shown = message.clone();
        if let Some(answers) = message["ts"].as_str().and_then(|ts| self.0.get(ts)) {
            let mut people: Vec<&Value> = Vec::new();
            for answer in answers.values() {
                if !people.contains(&&answer["user"]) {
                    people.push(&answer["user"]);
                }
            }
            shown["reply_users"] = json!(people);
            shown["reply_users_count"] = json!(people.len());
            shown["thread_ts"] = message["ts"].clone();
            shown["reply_count"] = json!(answers.len());
            shown["latest_reply"] = json!(answers.keys().next_back().map(|at| ts(*at)));
            shown["is_locked"] = json!(false);
            shown["subscribed"] = json!(false);
        }
        shown
    }
}

/// The message and what was answered, the oldest first. The message comes first on every page.
pub(super) async fn replies(State(app): State<App>, query: Query, headers: HeaderMap) -> Response {
    pace(&app, &headers, "conversations.replies", |grant, most| said(&app, grant, &query, most))
}

fn said(app: &App, grant: &Grant, query: &Query, most: usize) -> Result<Value, Refusal> {
    let mut kept = app.data.slack();
    let workspace = kept.of(&grant.account);
    let channel = open(workspace, grant, query)?;
    let window = Window::read(query)?;
    let limit = query.size("limit", MOST, MOST).ok_or_else(|| refusal("invalid_limit"))?.min(most);
    let ts_wanted = query.get("ts").filter(|ts| micros(ts).is_some()).ok_or_else(|| refusal("invalid_arguments"))?;
    let id = format!("{}:{ts_wanted}", channel.id);
    let head = &workspace.messages.get(&id).ok_or_else(|| refusal("thread_not_found"))?.value;
    let list = format!("{id} answers");
    let behind = after(query, &list)?.and_then(|ts| micros(&ts));
    let threads = Threads::of(workspace, &channel.id);
    let answers = threads.0.get(ts_wanted).into_iter().flatten();
    let mut rest = answers.filter(|(at, _)| window.has(**at) && behind.is_none_or(|behind| **at > behind));
    let page: Vec<(&i64, &&Value)> = rest.by_ref().take(limit).collect();
    let has_more = rest.next().is_some();
    let mut messages = vec![threads.shown(head)];
    messages.extend(page.iter().map(|(_, answer)| {
        let mut shown = Value::clone(answer);
        shown["parent_user_id"] = head["user"].clone();
        shown
    }));
    let mut said = json!({"ok": true, "messages": messages, "has_more": has_more});
    if let Some((last, _)) = page.last().filter(|_| has_more) {
        said["response_metadata"] = json!({"next_cursor": write_cursor(&(list, ts(**last)))});
    }
    Ok(said)
}
