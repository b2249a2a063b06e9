//! What a person saved, and their playlists; the newest first.

use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Query, Shelf, Thing, Wrong, merge},
    ledger::Grant,
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Library {
    tracks: Shelf,
    playlists: Shelf,
    pub(super) plays: Shelf,
}

#[derive(Default)]
pub(crate) struct Kept(BTreeMap<Account, Library>);

impl Kept {
    pub(super) fn of(&mut self, account: &Account) -> &mut Library {
        self.0.entry(account.clone()).or_default()
    }
}

pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": {"status": self.0.as_u16(), "message": self.1}}))).into_response()
    }
}

pub(super) fn granted(app: &App, headers: &HeaderMap, scope: &str) -> Result<Grant, Refused> {
    let dead = Refused(StatusCode::UNAUTHORIZED, "Invalid access token");
    let grant = app.bearer(Vendor::Spotify, headers).ok_or(dead)?;
    if grant.has(scope) { Ok(grant) } else { Err(Refused(StatusCode::FORBIDDEN, "Insufficient client scope")) }
}

pub(super) fn limit(query: &Query) -> Result<usize, Refused> {
    query.size("limit", 20, 50).ok_or(Refused(StatusCode::BAD_REQUEST, "Invalid limit"))
}

/// One page of a list that is counted from its beginning; what is taken away shifts the rest.
fn page(app: &App, path: &str, query: &Query, all: Vec<Value>, most: usize) -> Result<Json<Value>, Refused> {
    let limit = limit(query)?;
    let offset = match query.get("offset") {
        None => 0,
        Some(text) => text
            .parse()
            .ok()
            .filter(|offset| *offset <= most)
            .ok_or(Refused(StatusCode::BAD_REQUEST, "Invalid offset"))?,
    };
    let total = all.len();
    let at = |offset: usize| format!("{}{path}?offset={offset}&limit={limit}", app.url);
    let items: Vec<Value> = all.into_iter().skip(offset).take(limit).collect();
    Ok(Json(json!({
        "href": at(offset), "limit": limit, "offset": offset, "total": total, "items": items,
        "next": (offset + limit < total).then(|| at(offset + limit)),
        "previous": (offset > 0).then(|| at(offset.saturating_sub(limit))),
    })))
}

/// The newest first.
pub(super) fn newest(shelf: &Shelf) -> Vec<&Thing> {
    let mut things: Vec<&Thing> = shelf.living().collect();
    things.sort_by_key(|thing| std::cmp::Reverse((thing.created_at, thing.serial)));
    things
}

pub(super) async fn tracks(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    query: Query,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, "user-library-read")?;
    let all =
        newest(&app.data.spotify().of(&grant.account).tracks).into_iter().map(|thing| saved(&app, thing)).collect();
    page(&app, uri.path(), &query, all, usize::MAX)
}

pub(super) async fn playlists(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    query: Query,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, "playlist-read-private")?;
    let mut kept = app.data.spotify();
    let all = newest(&kept.of(&grant.account).playlists).into_iter();
    let all = all.map(|thing| playlist(&app, &grant.account, thing)).collect();
    drop(kept);
    page(&app, uri.path(), &query, all, 100_000)
}

fn link(app: &App, what: &str, id: &str) -> Value {
    json!({"spotify": format!("{}/spotify/{what}/{id}", app.url)})
}

/// A track of this id as it is unless an order says otherwise.
pub(super) fn track(app: &App, id: &str) -> Value {
    json!({
        "id": id, "uri": format!("spotify:track:{id}"), "type": "track", "name": "A track", "is_local": false,
        "artists": [{"id": "0sandboxArtist00000000", "name": "The Sandboxes", "type": "artist"}],
        "album": {"id": "0sandboxAlbum000000000", "name": "Castles", "type": "album"}, "duration_ms": 180_000,
        "external_urls": link(app, "track", id), "href": format!("{}/spotify/v1/tracks/{id}", app.url),
    })
}

fn saved(app: &App, thing: &Thing) -> Value {
    let added_at = thing.created_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut item = json!({"added_at": added_at, "track": track(app, &thing.id)});
    merge(&mut item, thing.value.clone());
    item
}

fn playlist(app: &App, account: &Account, thing: &Thing) -> Value {
    let person = app.people.person(Vendor::Spotify, account);
    let href = format!("{}/spotify/v1/playlists/{}", app.url, thing.id);
    let mut item = json!({
        "id": thing.id, "uri": format!("spotify:playlist:{}", thing.id), "type": "playlist", "name": "A playlist",
        "description": "", "collaborative": false, "public": false, "href": href, "images": [],
        "external_urls": link(app, "playlist", &thing.id),
        "snapshot_id": URL_SAFE_NO_PAD.encode(format!("{},{}", thing.serial, thing.id)),
        "owner": {"id": person.id, "display_name": person.name, "type": "user", "uri": format!("spotify:user:{}", person.id)},
        "items": {"href": format!("{href}/items"), "total": 0},
    });
    merge(&mut item, thing.value.clone());
    item
}

/// What a person saves, makes or plays. What was played cannot be changed.
pub(crate) fn change(app: &App, order: &Order) -> Result<Done, Wrong> {
    let account = order.account.clone().unwrap_or_else(|| app.people.signed_in(Vendor::Spotify));
    let now = order.at.unwrap_or_else(|| app.now());
    let mut kept = app.data.spotify();
    let library = kept.of(&account);
    let shelf = match (order.kind.as_str(), order.op) {
        ("track", _) => &mut library.tracks,
        ("playlist", _) => &mut library.playlists,
        ("play", Op::Create) => &mut library.plays,
        ("play", _) => return Err(Wrong::Item("what was played was played")),
        _ => return Err(Wrong::Kind),
    };
    let things = carry_out(shelf, order, now)?;
    let first = things.first().ok_or(Wrong::Missing)?;
    let item = match order.kind.as_str() {
        "track" => saved(app, first),
        "playlist" => playlist(app, &account, first),
        _ => super::played::shown(app, first),
    };
    Ok(Done { item, ids: things.into_iter().map(|thing| thing.id).collect() })
}

fn carry_out(shelf: &mut Shelf, order: &Order, now: DateTime<Utc>) -> Result<Vec<Thing>, Wrong> {
    let changed = match order.op {
        Op::Create => {
            if !shelf.has_room(order.count.into()) {
                return Err(Wrong::Full);
            }
            // What was taken away can be saved again.
            let ids = order.new_ids(|| kernel::alphanumeric(22), |id| shelf.get(id).is_some())?;
            return Ok(ids.into_iter().map(|id| shelf.create(id, order.item(), now)).collect());
        }
        Op::Update => shelf.update(order.named()?, now, |value| merge(value, order.item())),
        Op::Delete => shelf.remove(order.named()?, now),
    };
    Ok(changed.into_iter().collect())
}
