//! What was played last: fifty plays and no more, by cursors in milliseconds that include nothing of their own moment.

use super::library::{Refused, granted, limit, newest, track};
use crate::{
    app::App,
    data::{Query, Thing, merge},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::SecondsFormat;
use serde_json::{Value, json};

/// Older plays are not known any more.
const REMEMBERED: usize = 50;

fn moment(query: &Query, name: &str) -> Result<Option<i64>, Refused> {
    let wrong = Refused(StatusCode::BAD_REQUEST, "Invalid cursor");
    query.get(name).map(|text| text.parse().map_err(|_| wrong)).transpose()
}

fn ms(thing: &Thing) -> i64 {
    thing.created_at.timestamp_millis()
}

pub(super) async fn list(State(app): State<App>, query: Query, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, "user-read-recently-played")?;
    let limit = limit(&query)?;
    let (after, before) = (moment(&query, "after")?, moment(&query, "before")?);
    if after.is_some() && before.is_some() {
        return Err(Refused(StatusCode::BAD_REQUEST, "Only one of before and after can be given"));
    }
    let mut kept = app.data.spotify();
    let mut things = newest(&kept.of(&grant.account).plays);
    things.truncate(REMEMBERED);
    things
        .retain(|thing| after.is_none_or(|after| ms(thing) > after) && before.is_none_or(|before| ms(thing) < before));
    let goes_on = things.len() > limit;
    things.truncate(limit);
    let items: Vec<Value> = things.iter().map(|thing| shown(&app, thing)).collect();
    let base = format!("{}/spotify/v1/me/player/recently-played", app.url);
    let (first, last) = (things.first().map(|thing| ms(thing)), things.last().map(|thing| ms(thing)));
    let cursors = first.zip(last).map(|(first, last)| json!({"after": first.to_string(), "before": last.to_string()}));
    let next = last.filter(|_| goes_on).map(|last| format!("{base}?before={last}&limit={limit}"));
    Ok(Json(json!({"href": base, "items": items, "limit": limit, "next": next, "cursors": cursors})))
}

pub(super) fn shown(app: &App, thing: &Thing) -> Value {
    let played_at = thing.created_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut item = json!({"track": track(app, &thing.id), "played_at": played_at, "context": null});
    merge(&mut item, thing.value.clone());
    item
}
