//! Confluence's pages. Nothing asks for what was modified since; the next page's address lacks what stands before `/wiki`.

use super::{
    kept::{Place, Site},
    me::{Refused, granted},
    sites::found,
};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Query, Thing, Wrong, merge, read_cursor, write_cursor},
};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The second version of the API takes this scope and none of the older ones.
const SCOPE: &str = "read:page:confluence";
const PATH: &str = "/wiki/api/v2/pages";

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Id,
    Created,
    Modified,
    Title,
}

/// Where in the list: what it is sorted by, and the id.
type Where = (String, u64);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    sort: String,
    after: Where,
}

fn sort(text: &str) -> Option<(By, bool)> {
    let (text, descends) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    let by = match text {
        "id" => By::Id,
        "created-date" => By::Created,
        "modified-date" => By::Modified,
        "title" => By::Title,
        _ => return None,
    };
    Some((by, descends))
}

fn place(thing: &Thing, by: By) -> Where {
    let key = match by {
        By::Id => String::new(),
        By::Created => format!("{:020}", thing.created_at.timestamp_millis()),
        By::Modified => format!("{:020}", thing.changed_at.timestamp_millis()),
        By::Title => thing.value["title"].as_str().unwrap_or_default().to_owned(),
    };
    (key, thing.id.parse().unwrap_or_default())
}

/// Values that are given one by one or with commas.
fn listed<'q>(query: &'q Query, name: &'q str) -> Vec<&'q str> {
    query.all(name).flat_map(|value| value.split(',')).filter(|value| !value.is_empty()).collect()
}

pub(super) async fn list(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    RawQuery(raw): RawQuery,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let grant = granted(&app, &headers, Some(SCOPE))?;
    let name = found(&app, &grant, &cloud_id)?;
    let sorted = query.get("sort").unwrap_or("id").to_owned();
    let (by, descends) = sort(&sorted).ok_or(Refused::Parameter("sort"))?;
    let most = query.size("limit", 25, 250).ok_or(Refused::Parameter("limit"))?;
    let format = query.get("body-format");
    if format.is_some_and(|format| format != "storage") {
        return Err(Refused::Parameter("body-format"));
    }
    let mut statuses = listed(&query, "status");
    if !statuses.iter().all(|status| ["current", "archived", "trashed", "deleted"].contains(status)) {
        return Err(Refused::Parameter("status"));
    }
    if statuses.is_empty() {
        statuses = vec!["current", "archived"];
    }
    let after = match query.get("cursor") {
        None => None,
        Some(text) => {
            let cursor = read_cursor::<Cursor>(text).filter(|cursor| cursor.sort == sorted);
            Some(cursor.ok_or(Refused::Parameter("cursor"))?.after)
        }
    };
    let (ids, spaces) = (listed(&query, "id"), listed(&query, "space-id"));
    let is_wanted = |thing: &&Thing| {
        let text = |name: &str| thing.value[name].as_str().unwrap_or_default();
        let place = place(thing, by);
        statuses.contains(&text("status"))
            && (ids.is_empty() || ids.contains(&thing.id.as_str()))
            && (spaces.is_empty() || spaces.contains(&text("spaceId")))
            && after.as_ref().is_none_or(|after| if descends { place < *after } else { place > *after })
    };
    let mut kept = app.data.atlassian();
    let mut things: Vec<&Thing> = kept.on(&cloud_id).pages.living().filter(is_wanted).collect();
    things.sort_by_key(|thing| place(thing, by));
    if descends {
        things.reverse();
    }
    let goes_on = things.len() > most;
    things.truncate(most);
    let results: Vec<Value> = things.iter().map(|thing| shown(&app, &grant.account, thing, format)).collect();
    let base = format!("https://{name}.atlassian.invalid/wiki");
    let mut links = json!({ "base": base });
    let mut link = format!("<{base}>; rel=\"base\"");
    if let Some(last) = things.last().filter(|_| goes_on) {
        let next = next(raw.as_deref().unwrap_or_default(), &Cursor { sort: sorted, after: place(last, by) });
        link = format!("<{next}>; rel=\"next\", {link}");
        links["next"] = json!(next);
    }
    Ok(([(header::LINK, link)], Json(json!({"results": results, "_links": links}))).into_response())
}

/// The same question with another cursor, without the part of the address that leads to the site.
fn next(raw: &str, cursor: &Cursor) -> String {
    let others = url::form_urlencoded::parse(raw.as_bytes()).filter(|(name, _)| name != "cursor");
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(others).append_pair("cursor", &write_cursor(cursor));
    format!("{PATH}?{}", query.finish())
}

fn shown(app: &App, account: &Account, thing: &Thing, format: Option<&str>) -> Value {
    let person = app.people.person(Vendor::Atlassian, account);
    let time = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut page = json!({
        "id": thing.id, "parentId": null, "parentType": null, "position": 1, "authorId": person.id, "ownerId": person.id,
        "lastOwnerId": null, "createdAt": time(thing.created_at),
        "version": {"createdAt": time(thing.changed_at), "message": "", "minorEdit": false, "authorId": person.id},
        "body": {},
        "_links": {"webui": format!("/spaces/OPS/pages/{}", thing.id), "tinyui": format!("/x/{}", thing.id)},
    });
    merge(&mut page, thing.value.clone());
    match format {
        Some(format) => page["body"][format]["representation"] = json!(format),
        None => page["body"] = json!({}),
    }
    page
}

/// What a person does with a page. A deletion puts it into the bin, from where an update of its status brings it back.
pub(super) fn change(site: &mut Site, at: &Place<'_>, order: &Order) -> Result<Done, Wrong> {
    let things = match order.op {
        Op::Create => create(site, at, order)?,
        Op::Update => vec![rewrite(site, at, order, order.item())?],
        Op::Delete => vec![rewrite(site, at, order, json!({"status": "trashed"}))?],
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    let mut item = shown(at.app, &at.account, first, None);
    item["_links"]["base"] = json!(format!("https://{}.atlassian.invalid/wiki", at.name));
    Ok(Done { item, ids: things.into_iter().map(|thing| thing.id).collect() })
}

fn create(site: &mut Site, at: &Place<'_>, order: &Order) -> Result<Vec<Thing>, Wrong> {
    if !site.pages.has_room(order.count.into()) {
        return Err(Wrong::Full);
    }
    let made_up: Vec<String> = (0..order.count).map(|_| site.next_id()).collect();
    let mut made_up = made_up.into_iter();
    let ids = order.new_ids(|| made_up.next().unwrap_or_default(), |id| site.pages.knows(id))?;
    if !ids.iter().all(|id| id.parse::<u64>().is_ok()) {
        return Err(Wrong::Item("the id of a page is a number"));
    }
    let mut value = json!({
        "title": "A page", "spaceId": "555", "status": "current", "version": {"number": 1},
        "body": {"storage": {"value": "<p>Hello.</p>"}},
    });
    merge(&mut value, order.item());
    Ok(ids.into_iter().map(|id| site.pages.create(id, value.clone(), at.now)).collect())
}

/// Each change is a version.
fn rewrite(site: &mut Site, at: &Place<'_>, order: &Order, change: Value) -> Result<Thing, Wrong> {
    let write = |value: &mut Value| {
        let number = value["version"]["number"].as_u64().unwrap_or_default();
        value["version"]["number"] = json!(number + 1);
        merge(value, change);
    };
    site.pages.update(order.named()?, at.now, write).ok_or(Wrong::Missing)
}
