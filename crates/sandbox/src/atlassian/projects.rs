//! The projects of a Jira site: the same few on each.

use super::{
    me::{Refused, granted},
    sites,
};
use crate::app::App;
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
    let url = format!("{}/atlassian/ex/jira/{cloud_id}/rest/api/3/project", app.url);
    let size = page.max_results.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
    let values: Vec<Value> = PROJECTS
        .iter()
        .skip(page.start_at)
        .take(size)
        .map(|(id, key, name, kind)| {
            json!({
                "self": format!("{url}/{id}"), "id": id, "key": key, "name": name, "projectTypeKey": kind,
                "simplified": false, "style": "classic", "isPrivate": false,
                "avatarUrls": {"48x48": format!("{}/avatars/{key}", app.url)},
            })
        })
        .collect();
    let next = page.start_at.saturating_add(values.len());
    let mut body = json!({
        "self": format!("{url}/search?startAt={}&maxResults={size}", page.start_at), "maxResults": size,
        "startAt": page.start_at, "total": PROJECTS.len(), "isLast": next >= PROJECTS.len(), "values": values,
    });
    if next < PROJECTS.len() {
        body["nextPage"] = json!(format!("{url}/search?startAt={next}&maxResults={size}"));
    }
    Ok(Json(body))
}
