//! The primary calendar. A full listing leaves out what is cancelled, a listing by sync token brings it; the token comes on
//! the last page and nowhere else.

use super::{
    channels::{self, Kind, Wanted},
    mask::masked,
    refused::{Refused, granted},
};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Query, Shelf, Thing, Wrong, merge, read_cursor, write_cursor},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const SCOPES: [&str; 4] = ["calendar.readonly", "calendar", "calendar.events", "calendar.events.readonly"];
/// What can only be asked without a sync token. The sandbox filters by none of them.
const FILTERS: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMax",
    "timeMin",
    "updatedMin",
];

pub(super) struct Calendar {
    events: Shelf,
    /// Tokens of another generation are too old. It begins with chance: a token of an earlier run is too old as well.
    generation: u64,
    /// Why they are.
    reason: &'static str,
}

impl Default for Calendar {
    fn default() -> Self {
        let generation = u64::from(u32::from_be_bytes(kernel::bytes()));
        Self { events: Shelf::default(), generation, reason: FULL_SYNC }
    }
}

const FULL_SYNC: &str = "fullSyncRequired";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SyncToken {
    synced: u64,
    generation: u64,
    single: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageToken {
    since: u64,
    up_to: u64,
    after: u64,
    generation: u64,
    single: bool,
}

impl Calendar {
    pub(super) fn forget(&mut self, reason: &'static str) {
        self.generation += 1;
        self.reason = reason;
    }

    /// Where the listing goes on.
    fn place(&self, query: &Query) -> Result<PageToken, Refused> {
        let single = query.is_true("singleEvents");
        let (generation, up_to) = (self.generation, self.events.serial());
        if let Some(text) = query.get("pageToken") {
            let page = read_cursor::<PageToken>(text).filter(|page| page.single == single);
            return page
                .filter(|page| page.generation == generation)
                .ok_or_else(|| Refused::invalid("Invalid page token value."));
        }
        let Some(text) = query.get("syncToken") else {
            return Ok(PageToken { since: 0, up_to, after: 0, generation, single });
        };
        let token = read_cursor::<SyncToken>(text).filter(|token| token.generation == generation);
        let message = "Sync token is no longer valid, a full sync is required.";
        let token = token.ok_or_else(|| Refused::new(StatusCode::GONE, self.reason, message))?;
        if token.single != single {
            return Err(Refused::invalid("The parameters are not those of the first synchronization."));
        }
        Ok(PageToken { since: token.synced, up_to, after: token.synced, generation, single })
    }
}

/// The person's own calendar under either of its names.
fn is_theirs(app: &App, account: &Account, calendar: &str) -> Result<(), Refused> {
    let email = app.people.person(Vendor::Google, account).email;
    let is_theirs = calendar == "primary" || email.as_deref() == Some(calendar);
    if is_theirs { Ok(()) } else { Err(Refused::not_found()) }
}

pub(super) async fn list(
    State(app): State<App>,
    Path(calendar): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, &SCOPES)?;
    is_theirs(&app, &grant.account, &calendar)?;
    let hides_deleted = query.get("showDeleted") == Some("false") && query.get("syncToken").is_some();
    if hides_deleted || FILTERS.iter().any(|name| query.get(name).is_some()) {
        return Err(Refused::invalid("A sync token lists everything, and so does the sandbox."));
    }
    let most = query.size("maxResults", 250, 2500).ok_or_else(|| Refused::invalid("Invalid value for maxResults."))?;
    let mut kept = app.data.google();
    let theirs = &kept.of(&grant.account).calendar;
    let place = theirs.place(&query)?;
    let brings_cancelled = place.since > 0 || query.is_true("showDeleted");
    let between = theirs.events.between(place.after.max(place.since), place.up_to);
    let mut things: Vec<&Thing> =
        between.filter(|thing| brings_cancelled || !is_cancelled(thing)).take(most + 1).collect();
    let goes_on = things.len() > most;
    things.truncate(most);
    let items: Vec<Value> = things.iter().map(|thing| shown(&app, &grant.account, thing)).collect();
    let mut answer = json!({
        "kind": "calendar#events", "etag": format!("\"{}\"", place.up_to),
        "summary": app.people.person(Vendor::Google, &grant.account).email, "timeZone": "Europe/Berlin",
        "accessRole": "owner", "defaultReminders": [], "items": items,
    });
    let PageToken { up_to, generation, single, .. } = place;
    if goes_on {
        let after = things.last().map_or(up_to, |thing| thing.serial);
        answer["nextPageToken"] = json!(write_cursor(&PageToken { after, ..place }));
    } else {
        answer["nextSyncToken"] = json!(write_cursor(&SyncToken { synced: up_to, generation, single }));
    }
    drop(kept);
    masked(answer, &query, "*").map(Json)
}

/// The calendars there are: the primary one.
pub(super) async fn calendars(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, &SCOPES[..2])?;
    let email = app.people.person(Vendor::Google, &grant.account).email;
    let primary = json!({
        "kind": "calendar#calendarListEntry", "id": email, "summary": email, "timeZone": "Europe/Berlin",
        "accessRole": "owner", "primary": true, "selected": true,
    });
    Ok(Json(json!({"kind": "calendar#calendarList", "items": [primary]})))
}

fn is_cancelled(thing: &Thing) -> bool {
    thing.gone || thing.value["status"] == "cancelled"
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Of what is deleted hardly more is said than that it is.
fn shown(app: &App, account: &Account, thing: &Thing) -> Value {
    let etag = format!("\"{}\"", thing.serial * 2 + 3_000_000_000_000_000);
    if thing.gone {
        return json!({"kind": "calendar#event", "etag": etag, "id": thing.id, "status": "cancelled"});
    }
    let person = app.people.person(Vendor::Google, account);
    let who = json!({"email": person.email, "displayName": person.name, "self": true});
    let start = thing.created_at + TimeDelta::days(1);
    let mut event = json!({
        "kind": "calendar#event", "etag": etag, "id": thing.id, "status": "confirmed",
        "htmlLink": format!("{}/google/calendar/event?eid={}", app.url, thing.id),
        "created": thing.created_at.to_rfc3339_opts(SecondsFormat::Secs, true), "updated": time(thing.changed_at),
        "summary": "An event", "creator": who, "organizer": who,
        "start": {"dateTime": start.to_rfc3339_opts(SecondsFormat::Secs, true), "timeZone": "Europe/Berlin"},
        "end": {
            "dateTime": (start + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true),
            "timeZone": "Europe/Berlin",
        },
        "iCalUID": format!("{}@google.com", thing.id), "sequence": 0, "eventType": "default",
    });
    merge(&mut event, thing.value.clone());
    event
}

pub(super) async fn watch(
    State(app): State<App>,
    Path(calendar): Path<String>,
    headers: HeaderMap,
    wanted: Wanted,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, &SCOPES)?;
    is_theirs(&app, &grant.account, &calendar)?;
    let uri = format!("{}/google/calendar/v3/calendars/{calendar}/events?alt=json", app.url);
    channels::open(&app, &grant, Kind::Calendar, uri, wanted).await.map(Json)
}

/// What a person does with an event.
pub(super) fn change(app: &App, account: &Account, order: &Order, now: DateTime<Utc>) -> Result<Done, Wrong> {
    let mut kept = app.data.google();
    let events = &mut kept.of(account).calendar.events;
    let things = match order.op {
        Op::Create => {
            if !events.has_room(order.count.into()) {
                return Err(Wrong::Full);
            }
            let ids = order.new_ids(|| Uuid::new_v4().simple().to_string(), |id| events.knows(id))?;
            ids.into_iter().map(|id| events.create(id, order.item(), now)).collect()
        }
        Op::Update => events.update(order.named()?, now, |value| merge(value, order.item())).into_iter().collect(),
        Op::Delete => events.remove(order.named()?, now).into_iter().collect::<Vec<_>>(),
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    Ok(Done { item: shown(app, account, first), ids: things.iter().map(|thing| thing.id.clone()).collect() })
}
