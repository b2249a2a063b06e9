//! A drive. Its list of changes says of each file the latest state, once; without `fields` both lists say next to nothing.

use super::{
    channels::{self, Kind, Wanted},
    mask::masked,
    refused::{Refused, granted},
};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Query, Thing, Wrong, merge, read_cursor, write_cursor},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const SCOPES: [&str; 4] = ["drive.metadata.readonly", "drive.readonly", "drive", "drive.metadata"];
const OF_FILES: &str = "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)";
const OF_CHANGES: &str = "kind,nextPageToken,newStartPageToken,\
                          changes(kind,changeType,time,removed,fileId,file(kind,id,name,mimeType))";

/// The number that the next change will have.
pub(super) async fn start(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, &SCOPES)?;
    let next = app.data.google().of(&grant.account).drive.serial() + 1;
    Ok(Json(json!({"kind": "drive#startPageToken", "startPageToken": next.to_string()})))
}

fn place(query: &Query) -> Result<u64, Refused> {
    let missing = || Refused::new(StatusCode::BAD_REQUEST, "required", "Required parameter: pageToken");
    let number = query.get("pageToken").ok_or_else(missing)?.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Refused::invalid("Invalid Value"))
}

fn page_size(query: &Query) -> Result<usize, Refused> {
    query.size("pageSize", 100, 1000).ok_or_else(|| Refused::invalid("Invalid value for pageSize."))
}

pub(super) async fn changes(State(app): State<App>, query: Query, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, &SCOPES)?;
    let (from, most) = (place(&query)?, page_size(&query)?);
    let mut kept = app.data.google();
    let drive = &kept.of(&grant.account).drive;
    let hides_removed = query.get("includeRemoved") == Some("false");
    let between = drive.between(from - 1, drive.serial());
    let mut things: Vec<&Thing> = between.filter(|thing| !(hides_removed && thing.gone)).take(most + 1).collect();
    let next = things.get(most).map(|thing| thing.serial);
    things.truncate(most);
    let entries: Vec<Value> = things
        .iter()
        .map(|thing| {
            let mut entry = json!({
                "kind": "drive#change", "changeType": "file", "time": time(thing.changed_at), "fileId": thing.id,
                "removed": thing.gone,
            });
            if !thing.gone {
                entry["file"] = shown(&app, &grant.account, thing);
            }
            entry
        })
        .collect();
    let mut answer = json!({"kind": "drive#changeList", "changes": entries});
    match next {
        Some(next) => answer["nextPageToken"] = json!(next.to_string()),
        None => answer["newStartPageToken"] = json!((drive.serial() + 1).to_string()),
    }
    drop(kept);
    masked(answer, &query, OF_CHANGES).map(Json)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePage {
    /// Files after this id, in the order of their ids: what is new or changed moves nothing.
    after_file: String,
}

pub(super) async fn files(State(app): State<App>, query: Query, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, &SCOPES)?;
    let most = page_size(&query)?;
    let trashed = match query.get("q").map(|q| q.replace(' ', "")).as_deref() {
        None => None,
        Some("trashed=false") => Some(false),
        Some("trashed=true") => Some(true),
        Some(_) => return Err(Refused::invalid("The sandbox knows trashed = true and trashed = false.")),
    };
    let after = match query.get("pageToken") {
        None => String::new(),
        Some(text) => read_cursor::<FilePage>(text).ok_or_else(|| Refused::invalid("Invalid Value"))?.after_file,
    };
    let mut kept = app.data.google();
    let files = kept.of(&grant.account).drive.living();
    let is_wanted = |thing: &&Thing| trashed.is_none_or(|wanted| (thing.value["trashed"] == true) == wanted);
    let mut things: Vec<&Thing> = files.filter(|thing| thing.id > after).filter(is_wanted).take(most + 1).collect();
    let goes_on = things.len() > most;
    things.truncate(most);
    let shown: Vec<Value> = things.iter().map(|thing| shown(&app, &grant.account, thing)).collect();
    let mut answer = json!({"kind": "drive#fileList", "incompleteSearch": false, "files": shown});
    if let Some(last) = things.last().filter(|_| goes_on) {
        answer["nextPageToken"] = json!(write_cursor(&FilePage { after_file: last.id.clone() }));
    }
    drop(kept);
    masked(answer, &query, OF_FILES).map(Json)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn shown(app: &App, account: &Account, thing: &Thing) -> Value {
    let person = app.people.person(Vendor::Google, account);
    let who = json!({
        "kind": "drive#user", "displayName": person.name, "emailAddress": person.email, "me": true,
        "permissionId": person.id,
    });
    let root = format!("0A{}", &account.derived("google drive").simple().to_string()[..17]);
    let mut file = json!({
        "kind": "drive#file", "id": thing.id, "name": "A file", "mimeType": "text/plain", "trashed": false,
        "parents": [root], "createdTime": time(thing.created_at), "modifiedTime": time(thing.changed_at),
        "webViewLink": format!("{}/google/file/d/{}/view", app.url, thing.id), "owners": [who],
        "lastModifyingUser": who, "version": thing.serial.to_string(), "size": "12", "ownedByMe": true,
        "md5Checksum": hex::encode(&kernel::sha256(thing.serial.to_string())[..16]),
    });
    merge(&mut file, thing.value.clone());
    if file["trashed"] == true && file["trashingUser"].is_null() {
        file["trashingUser"] = who;
    }
    file
}

pub(super) async fn watch(
    State(app): State<App>,
    query: Query,
    headers: HeaderMap,
    wanted: Wanted,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, &SCOPES)?;
    let from = place(&query)?;
    let uri = format!("{}/google/drive/v3/changes?alt=json&pageToken={from}", app.url);
    channels::open(&app, &grant, Kind::Drive, uri, wanted).await.map(Json)
}

/// What a person does with a file.
pub(super) fn change(app: &App, account: &Account, order: &Order, now: DateTime<Utc>) -> Result<Done, Wrong> {
    let mut kept = app.data.google();
    let drive = &mut kept.of(account).drive;
    let things: Vec<Thing> = match order.op {
        Op::Create => {
            if !drive.has_room(order.count.into()) {
                return Err(Wrong::Full);
            }
            let ids = order.new_ids(|| format!("1{}", Uuid::new_v4().simple()), |id| drive.knows(id))?;
            ids.into_iter().map(|id| drive.create(id, order.item(), now)).collect()
        }
        Op::Update => drive.update(order.named()?, now, |value| merge(value, order.item())).into_iter().collect(),
        Op::Delete => drive.remove(order.named()?, now).into_iter().collect(),
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    Ok(Done { item: shown(app, account, first), ids: things.iter().map(|thing| thing.id.clone()).collect() })
}
