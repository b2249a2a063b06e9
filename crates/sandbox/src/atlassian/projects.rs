//! The projects of a Jira site: the same few on each, and those that people make.

use super::{
    kept::{Place, Site},
    me::{Refused, granted},
    sites,
};
use crate::{
    app::App,
    data::{Done, Op, Order, Thing, Wrong, merge},
};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Id, key, name, and what kind of project.
const PROJECTS: [(&str, &str, &str, &str); 3] = [
    ("10000", "ED", "Editor", "software"),
    ("10001", "OPS", "Operations", "software"),
    ("10002", "HELP", "Help desk", "service_desk"),
];
const LARGEST_PAGE: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    #[serde(default)]
    start_at: usize,
    max_results: Option<usize>,
}

pub(super) async fn search(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, Some("read:jira-work"))?;
    sites::found(&app, &grant, &cloud_id)?;
    let url = address(&app, &cloud_id);
    let made: Vec<Value> =
        app.data.atlassian().on(&cloud_id).projects.living().map(|thing| shown(&app, &cloud_id, thing)).collect();
    let given = PROJECTS.iter().map(|(id, key, name, kind)| {
        let mut project = plain(&app, &cloud_id, id);
        merge(&mut project, json!({"key": key, "name": name, "projectTypeKey": kind}));
        project
    });
    let all: Vec<Value> = given.chain(made).collect();
    let size = page.max_results.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
    let total = all.len();
    let values: Vec<Value> = all.into_iter().skip(page.start_at).take(size).collect();
    let next = page.start_at.saturating_add(values.len());
    let mut body = json!({
        "self": format!("{url}/search?startAt={}&maxResults={size}", page.start_at), "maxResults": size,
        "startAt": page.start_at, "total": total, "isLast": next >= total, "values": values,
    });
    if next < total {
        body["nextPage"] = json!(format!("{url}/search?startAt={next}&maxResults={size}"));
    }
    Ok(Json(body))
}

fn address(app: &App, cloud_id: &str) -> String {
    format!("{}/atlassian/ex/jira/{cloud_id}/rest/api/3/project", app.url)
}

fn plain(app: &App, cloud_id: &str, id: &str) -> Value {
    json!({
        "self": format!("{}/{id}", address(app, cloud_id)), "id": id, "projectTypeKey": "software",
        "simplified": false, "style": "classic", "isPrivate": false,
        "avatarUrls": {"48x48": format!("{}/avatars/{id}", app.url)},
    })
}

fn shown(app: &App, cloud_id: &str, thing: &Thing) -> Value {
    let mut project = plain(app, cloud_id, &thing.id);
    merge(&mut project, thing.value.clone());
    project
}

/// What a person does with a project. One that nobody has named is called by its number.
pub(super) fn change(site: &mut Site, place: &Place<'_>, order: &Order) -> Result<Done, Wrong> {
    let things = match order.op {
        Op::Create => create(site, place, order)?,
        Op::Update => {
            site.projects.update(order.named()?, place.now, |value| merge(value, order.item())).into_iter().collect()
        }
        Op::Delete => site.projects.remove(order.named()?, place.now).into_iter().collect(),
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    let item = shown(place.app, &place.cloud_id, first);
    Ok(Done { item, ids: things.into_iter().map(|thing| thing.id).collect() })
}

fn create(site: &mut Site, place: &Place<'_>, order: &Order) -> Result<Vec<Thing>, Wrong> {
    if !site.projects.has_room(order.count.into()) {
        return Err(Wrong::Full);
    }
    // Apart from the numbers of those that every site has.
    let made_up: Vec<String> = (0..order.count).map(|_| format!("2{}", site.next_id())).collect();
    let mut made_up = made_up.into_iter();
    let ids = order.new_ids(|| made_up.next().unwrap_or_default(), |id| site.projects.knows(id))?;
    let described = |id: &str| {
        let mut value = json!({"key": format!("P{id}"), "name": format!("Project {id}")});
        merge(&mut value, order.item());
        value
    };
    Ok(ids
        .into_iter()
        .map(|id| {
            let value = described(&id);
            site.projects.create(id, value, place.now)
        })
        .collect())
}
