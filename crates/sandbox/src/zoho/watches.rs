//! Notification channels. An end that is too far off is not brought nearer: the channel then ends after an hour.

use super::{
    DataCentre,
    api::{Refused, granted},
    kept::{Module, Org, time},
};
use crate::{
    account::{Account, Vendor},
    app::App,
    courier::path_on_base,
    data::Query,
    ledger::Grant,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LIFE: TimeDelta = TimeDelta::hours(1);
const LONGEST: TimeDelta = TimeDelta::weeks(1);
const LONGEST_TOKEN: usize = 50;
/// More than any test opens in one organization.
const MOST: usize = 1000;
/// What a notification is about.
const EVENTS: [&str; 4] = ["create", "edit", "delete", "all"];

#[derive(Serialize)]
pub(super) struct Watch {
    /// `Leads.all`
    pub(super) events: Vec<String>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) token: Option<String>,
    notify_url: String,
    #[serde(skip)]
    pub(super) path: String,
    notify_on_related_action: bool,
    pub(super) return_affected_field_values: bool,
}

/// One channel of a request.
#[derive(Deserialize)]
struct Wanted {
    /// A number, or one written as text.
    channel_id: Value,
    events: Option<Vec<String>>,
    channel_expiry: Option<String>,
    token: Option<String>,
    notify_url: Option<String>,
    notify_on_related_action: Option<bool>,
    return_affected_field_values: Option<bool>,
    #[serde(default, rename = "_delete_events")]
    delete_events: bool,
}

#[derive(Deserialize)]
struct Request {
    watch: Vec<Wanted>,
}

/// What is wrong with one channel: the code, and the member.
struct Fault(&'static str, &'static str);

impl Wanted {
    fn id(&self) -> Option<String> {
        let number = self.channel_id.as_u64().or_else(|| self.channel_id.as_str()?.parse().ok())?;
        Some(number.to_string())
    }

    fn end(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
        let Some(text) = &self.channel_expiry else { return Ok(now + LIFE) };
        let wrong = Fault("INVALID_DATA", "channel_expiry");
        let Ok(end) = DateTime::parse_from_rfc3339(text) else { return Err(wrong) };
        match end.to_utc() {
            end if end <= now => Err(wrong),
            end if end > now + LONGEST => Ok(now + LIFE),
            end => Ok(end),
        }
    }
}

/// Modules and operations: `Leads.all`.
fn is_event(event: &str) -> bool {
    event.split_once('.').is_some_and(|(module, op)| Module::named(module).is_some() && EVENTS.contains(&op))
}

fn modules(events: &[String]) -> BTreeSet<Module> {
    events.iter().filter_map(|event| Module::named(event.split_once('.')?.0)).collect()
}

/// A scope for the channels, and one to read each of the modules.
fn owner(app: &App, here: DataCentre, headers: &HeaderMap, operation: &str) -> Result<Grant, Refused> {
    let own = format!("ZohoCRM.notifications.{operation}");
    granted(app, here, headers, &["ZohoCRM.notifications.ALL", &own])
}

fn requested(body: &Bytes) -> Result<Vec<Wanted>, Refused> {
    let wrong = Refused(StatusCode::BAD_REQUEST, "INVALID_DATA", "watch is a list of channels, each with its id");
    serde_json::from_slice::<Request>(body)
        .map(|request| request.watch)
        .ok()
        .filter(|list| !list.is_empty())
        .ok_or(wrong)
}

/// What becomes of a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Open,
    Replace,
    Patch,
}

fn answer(app: &App, here: DataCentre, headers: &HeaderMap, body: &Bytes, change: Change) -> Result<Response, Refused> {
    let operation = if change == Change::Open { "CREATE" } else { "UPDATE" };
    let grant = owner(app, here, headers, operation)?;
    let mut kept = app.data.zoho();
    let org = kept.of(&grant.account);
    let (mut told, mut faults) = (Vec::new(), 0);
    for wanted in requested(body)? {
        let reads = |module: Module| module.scopes().iter().any(|scope| grant.has(scope));
        match apply(app, org, &wanted, change, reads) {
            Ok(()) => told.push(success(app, &grant.account, org, &wanted.id().unwrap_or_default())),
            Err(Fault(code, member)) => {
                faults += 1;
                told.push(json!({
                    "code": code, "status": "error", "message": "the channel is not as it should be",
                    "details": {"api_name": member, "channel_id": wanted.channel_id},
                }));
            }
        }
    }
    let status = match (change, faults) {
        (Change::Open, 0) => StatusCode::CREATED,
        (_, 0) => StatusCode::OK,
        (_, faults) if faults == told.len() => StatusCode::BAD_REQUEST,
        _ => StatusCode::ACCEPTED,
    };
    Ok((status, Json(json!({ "watch": told }))).into_response())
}

fn apply(
    app: &App,
    org: &mut Org,
    wanted: &Wanted,
    change: Change,
    reads: impl Fn(Module) -> bool,
) -> Result<(), Fault> {
    let id = wanted.id().ok_or(Fault("INVALID_DATA", "channel_id"))?;
    let events = wanted.events.clone().unwrap_or_default();
    if !events.iter().all(|event| is_event(event)) || (events.is_empty() && change != Change::Patch) {
        return Err(Fault("INVALID_DATA", "events"));
    }
    if !modules(&events).into_iter().all(reads) {
        return Err(Fault("NO_PERMISSION", "events"));
    }
    if wanted.token.as_ref().is_some_and(|token| token.len() > LONGEST_TOKEN) {
        return Err(Fault("INVALID_DATA", "token"));
    }
    if change != Change::Open && !org.watches.contains_key(&id) {
        return Err(Fault("NOT_SUBSCRIBED", "channel_id"));
    }
    let target =
        wanted.notify_url.as_ref().map(|url| path_on_base(app, Vendor::Zoho, url).map(|path| (url.clone(), path)));
    let target = target.map(|target| target.ok_or(Fault("INVALID_DATA", "notify_url"))).transpose()?;
    if change == Change::Patch {
        let Some(watch) = org.watches.get_mut(&id) else { return Err(Fault("NOT_SUBSCRIBED", "channel_id")) };
        return patch(watch, wanted, &events, target, app.now());
    }
    if org.watches.len() >= MOST && !org.watches.contains_key(&id) {
        return Err(Fault("LIMIT_EXCEEDED", "channel_id"));
    }
    let (notify_url, path) = target.ok_or(Fault("MANDATORY_NOT_FOUND", "notify_url"))?;
    let watch = Watch {
        events,
        expires_at: wanted.end(app.now())?,
        token: wanted.token.clone(),
        notify_url,
        path,
        notify_on_related_action: wanted.notify_on_related_action.unwrap_or(true),
        return_affected_field_values: wanted.return_affected_field_values.unwrap_or(false),
    };
    org.watches.insert(id, watch);
    Ok(())
}

fn patch(
    watch: &mut Watch,
    wanted: &Wanted,
    events: &[String],
    target: Option<(String, String)>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    if wanted.channel_expiry.is_some() {
        watch.expires_at = wanted.end(now)?;
    }
    if wanted.delete_events {
        watch.events.retain(|event| !events.contains(event));
    } else {
        watch.events.extend(events.iter().filter(|event| !watch.events.contains(event)).cloned().collect::<Vec<_>>());
    }
    if let Some((notify_url, path)) = target {
        (watch.notify_url, watch.path) = (notify_url, path);
    }
    if wanted.token.is_some() {
        watch.token.clone_from(&wanted.token);
    }
    Ok(())
}

/// What a channel watches in one module, in the words of the API.
fn resource(app: &App, account: &Account, module: Module) -> [(&'static str, Value); 3] {
    let uri = format!("{}/crm/v8/{}", DataCentre::of(account).api_domain(app), module.name());
    let id = (account.derived(&format!("zoho {}", module.name())).as_u128() % 10_u128.pow(18)).to_string();
    [("resource_uri", json!(uri)), ("resource_id", json!(id)), ("resource_name", json!(module.name()))]
}

fn success(app: &App, account: &Account, org: &Org, id: &str) -> Value {
    let watch = org.watches.get(id);
    let events = watch.into_iter().flat_map(|watch| {
        modules(&watch.events).into_iter().map(|module| {
            let mut told = json!({"channel_id": id, "channel_expiry": time(watch.expires_at)});
            for (name, value) in resource(app, account, module) {
                told[name] = value;
            }
            told
        })
    });
    let message = "Successfully subscribed for actions-watch of the given module";
    json!({
        "code": "SUCCESS", "status": "success", "message": message,
        "details": {"events": events.collect::<Vec<_>>()},
    })
}

pub(super) async fn open(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    answer(&app, here, &headers, &body, Change::Open)
}

pub(super) async fn replace(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    answer(&app, here, &headers, &body, Change::Replace)
}

pub(super) async fn change(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    answer(&app, here, &headers, &body, Change::Patch)
}

/// The living channels, once for each module they watch.
pub(super) async fn list(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let grant = owner(&app, here, &headers, "READ")?;
    let wrong = Refused(StatusCode::BAD_REQUEST, "INVALID_DATA", "per_page is 1 to 200, and page a number from 1");
    let (Some(per_page), Some(page)) = (query.size("per_page", 200, 200), query.size("page", 1, usize::MAX)) else {
        return Err(wrong);
    };
    let mut kept = app.data.zoho();
    let org = kept.of(&grant.account);
    let is_wanted = |id: &str| query.get("channel_id").is_none_or(|wanted| wanted == id);
    let living = org.watches.iter().filter(|(id, watch)| watch.expires_at > app.now() && is_wanted(id));
    let all = living.flat_map(|(id, watch)| modules(&watch.events).into_iter().map(move |module| (id, watch, module)));
    let all: Vec<Value> = all
        .filter(|(_, _, module)| query.get("module").is_none_or(|wanted| wanted == module.name()))
        .map(|(id, watch, module)| {
            let of_module = |event: &&String| event.split('.').next() == Some(module.name());
            let mut told = json!({
                "channel_id": id, "channel_expiry": time(watch.expires_at), "notify_url": watch.notify_url,
                "token": watch.token, "events": watch.events.iter().filter(of_module).collect::<Vec<_>>(),
                "notify_on_related_action": watch.notify_on_related_action,
                "return_affected_field_values": watch.return_affected_field_values,
            });
            for (name, value) in resource(&app, &grant.account, module) {
                told[name] = value;
            }
            told
        })
        .collect();
    let begin = (page - 1).saturating_mul(per_page).min(all.len());
    let shown = &all[begin..all.len().min(begin + per_page)];
    if shown.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let more = begin + shown.len() < all.len();
    let info = json!({"per_page": per_page, "count": shown.len(), "page": page, "more_records": more});
    Ok(Json(json!({"watch": shown, "info": info})).into_response())
}

pub(super) async fn close(
    State(app): State<App>,
    Path(here): Path<DataCentre>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let grant = owner(&app, here, &headers, "DELETE")?;
    let missing = Refused(StatusCode::BAD_REQUEST, "REQUIRED_PARAM_MISSING", "channel_ids is required");
    let ids = query.get("channel_ids").ok_or(missing)?;
    let mut kept = app.data.zoho();
    let org = kept.of(&grant.account);
    let ended = |id: &str| match org.watches.remove(id).filter(|watch| watch.expires_at > app.now()) {
        Some(_) => json!({
            "code": "SUCCESS", "status": "success", "details": {"channel_id": id},
            "message": "Successfully un-subscribed from the actions-watch",
        }),
        None => json!({
            "code": "NOT_SUBSCRIBED", "status": "error", "details": {"channel_id": id},
            "message": "There is no active subscription",
        }),
    };
    let told: Vec<Value> = ids.split(',').map(str::trim).map(ended).collect();
    let all_missing = told.iter().all(|each| each["status"] == "error");
    let status = if all_missing { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok((status, Json(json!({ "watch": told }))).into_response())
}
