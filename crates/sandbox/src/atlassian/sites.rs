//! The sites a grant reaches, and who the person is there.

use super::{
    Product,
    me::{Refused, granted},
    product,
};
use crate::{
    account::{Account, Vendor},
    app::App,
    ledger::Grant,
};
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

/// Id and name of the sites that a person has and nobody took away.
pub(super) fn sites(app: &App, account: &Account) -> Vec<(String, String)> {
    let settings = app.dials.of(Vendor::Atlassian).settings.clone();
    let all = (0..settings.sites).map(|number| {
        let name = if number == 0 { account.to_string() } else { format!("{account}-{}", number + 1) };
        (account.derived(&format!("site {number}")).to_string(), name)
    });
    all.filter(|(id, _)| !settings.taken_sites.contains(id)).collect()
}

/// A site with both products is there twice, under one id with two sets of scopes.
pub(super) async fn accessible(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, None)?;
    let mut resources = Vec::new();
    for (id, name) in sites(&app, &grant.account) {
        for each in [Product::Jira, Product::Confluence] {
            let scopes: Vec<&String> = grant.scopes.iter().filter(|scope| product(scope) == Some(each)).collect();
            if !scopes.is_empty() {
                resources.push(json!({
                    "id": id, "name": name, "url": format!("https://{name}.atlassian.invalid"), "scopes": scopes,
                    "avatarUrl": format!("{}/avatars/{name}", app.url),
                }));
            }
        }
    }
    Ok(Json(Value::Array(resources)))
}

/// The name of the site, if it is the person's.
pub(super) fn found(app: &App, grant: &Grant, cloud_id: &str) -> Result<String, Refused> {
    let theirs = sites(app, &grant.account).into_iter().find(|(id, _)| id == cloud_id);
    theirs.map(|(_, name)| name).ok_or(Refused::Site)
}

pub(super) async fn jira_myself(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, Some("read:jira-user"))?;
    found(&app, &grant, &cloud_id)?;
    let person = app.people.person(Vendor::Atlassian, &grant.account);
    Ok(Json(json!({
        "self": format!("{}/atlassian/ex/jira/{cloud_id}/rest/api/3/user?accountId={}", app.url, person.id),
        "accountId": person.id,
        "accountType": "atlassian",
        "emailAddress": person.email,
        "displayName": person.name,
        "avatarUrls": {"48x48": format!("{}/avatars/{}", app.url, grant.account)},
        "active": true,
        "timeZone": "Europe/Berlin",
        "locale": "en_US",
    })))
}

pub(super) async fn confluence_current(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, Some("read:confluence-user"))?;
    found(&app, &grant, &cloud_id)?;
    let person = app.people.person(Vendor::Atlassian, &grant.account);
    Ok(Json(json!({
        "type": "known", "accountId": person.id, "accountType": "atlassian", "email": person.email,
        "publicName": grant.account.name(), "displayName": person.name,
    })))
}
