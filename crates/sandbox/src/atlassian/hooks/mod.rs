//! Dynamic webhooks of a Jira site: for thirty days, five at most, and 200 even where every item failed.

mod filter;
mod letters;

pub(crate) use letters::{admin_letter, letter, letter_to_hook};

use super::{
    me::{Refused, granted},
    sites,
};
use crate::{
    account::Vendor,
    app::App,
    courier::path_on_base,
    ledger::{Grant, Hook, Hooks, Particular},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

const LIFE: TimeDelta = TimeDelta::days(30);
/// For an app, a person and a site.
const MOST: usize = 5;
/// What every site counts from.
const FIRST_NUMBER: u64 = 1000;
const LARGEST_PAGE: usize = 100;
const EVENTS: [&str; 20] = [
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "issue_property_set",
    "issue_property_deleted",
    "sprint_created",
    "sprint_updated",
    "sprint_closed",
    "sprint_deleted",
    "sprint_started",
    "jira:version_released",
    "jira:version_unreleased",
    "jira:version_created",
    "jira:version_moved",
    "jira:version_updated",
    "jira:version_merged",
    "jira:version_deleted",
];

/// A refusal of the request as a whole.
pub(super) enum Fault {
    Refused(Refused),
    Bad(&'static str),
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refused) => refused.into_response(),
            Self::Bad(why) => {
                (StatusCode::BAD_REQUEST, Json(json!({"errorMessages": [why], "errors": {}}))).into_response()
            }
        }
    }
}

/// The grant, if it may do this with hooks on the site: by the classic scopes or by the granular one.
fn admitted(app: &App, headers: &HeaderMap, cloud_id: &str, granular: &str) -> Result<Grant, Refused> {
    let grant = granted(app, headers, None)?;
    let is_classic = grant.has("manage:jira-webhook") && grant.has("read:jira-work");
    if !is_classic && !grant.has(granular) {
        return Err(Refused::Token("Unauthorized; scope does not match"));
    }
    sites::found(app, &grant, cloud_id)?;
    Ok(grant)
}

fn body<T: DeserializeOwned>(body: &Bytes) -> Result<T, Fault> {
    serde_json::from_slice(body)
        .map_err(|_| Fault::Bad("Invalid request payload. Refer to the REST API documentation and try again."))
}

/// Whether the hook is the app's and the person's, on this site, and has not ended.
fn is_theirs(hook: &Hook, grant: &Grant, cloud_id: &str, now: DateTime<Utc>) -> bool {
    hook.place == cloud_id && hook.client_id == grant.client_id && hook.account == grant.account && !hook.has_ended(now)
}

#[derive(Deserialize)]
struct Registration {
    url: String,
    webhooks: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    events: Vec<String>,
    #[serde(default)]
    jql_filter: String,
    #[serde(default)]
    field_ids_filter: Vec<String>,
    #[serde(default)]
    issue_property_keys_filter: Vec<String>,
}

impl Item {
    fn check(&self) -> Vec<String> {
        let mut errors: Vec<String> = filter::check(&self.jql_filter).err().into_iter().collect();
        if self.events.is_empty() {
            errors.push("At least one event is required.".to_owned());
        }
        let unknown = self.events.iter().filter(|event| !EVENTS.contains(&event.as_str()));
        errors.extend(unknown.map(|event| format!("The event {event} is unsupported")));
        errors
    }
}

pub(super) async fn register(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Fault> {
    let grant = admitted(&app, &headers, &cloud_id, "write:webhook:jira")?;
    let Registration { url, webhooks } = body(&bytes)?;
    if webhooks.is_empty() {
        return Err(Fault::Bad("No webhooks were given."));
    }
    let path = path_on_base(&app, Vendor::Atlassian, &url).ok_or(Fault::Bad("The URL is not where the app lives."))?;
    let now = app.now();
    let results = app.store.change(|ledger| {
        if !is_the_only_url(&ledger.hooks, &grant, &url, now) {
            return Err(Fault::Bad("Only a single URL per app is allowed to be registered via REST API."));
        }
        let results: Vec<Value> = webhooks
            .into_iter()
            .map(|item| {
                let mut errors = item.check();
                let theirs = ledger.hooks.of(Vendor::Atlassian).iter();
                if theirs.filter(|hook| is_theirs(hook, &grant, &cloud_id, now)).count() >= MOST {
                    errors.push(format!("An app may have {MOST} webhooks of a user and no more."));
                }
                if !errors.is_empty() {
                    return json!({"errors": errors});
                }
                let number = ledger.hooks.number(&cloud_id, FIRST_NUMBER);
                let hook = Hook {
                    // Other sites have the same number.
                    id: format!("{cloud_id}:{number}"),
                    account: grant.account.clone(),
                    client_id: grant.client_id.clone(),
                    place: cloud_id.clone(),
                    url: url.clone(),
                    path: path.clone(),
                    events: item.events,
                    secret: None,
                    active: true,
                    created_at: now,
                    updated_at: now,
                    expires_at: Some(now + LIFE),
                    particular: Particular::Jira {
                        number,
                        filter: item.jql_filter,
                        field_ids: item.field_ids_filter,
                        property_keys: item.issue_property_keys_filter,
                    },
                };
                ledger.hooks.add(Vendor::Atlassian, hook, now);
                json!({"createdWebhookId": number})
            })
            .collect();
        Ok(results)
    })?;
    Ok(Json(json!({"webhookRegistrationResult": results})))
}

/// An app has one address, on all sites and for all people. Whether another query makes another address is not
/// published; here it does not.
fn is_the_only_url(hooks: &Hooks, grant: &Grant, url: &str, now: DateTime<Utc>) -> bool {
    let bare = |url: &str| url.split('?').next().unwrap_or_default().to_owned();
    let of_app = hooks.of(Vendor::Atlassian).iter().filter(|hook| hook.client_id == grant.client_id);
    of_app.filter(|hook| !hook.has_ended(now)).all(|hook| bare(&hook.url) == bare(url))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    #[serde(default)]
    start_at: usize,
    max_results: Option<usize>,
}

pub(super) async fn list(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Value>, Fault> {
    let grant = admitted(&app, &headers, &cloud_id, "read:webhook:jira")?;
    let now = app.now();
    let all: Vec<Value> = app.store.read(|ledger| {
        let theirs = ledger.hooks.of(Vendor::Atlassian).iter().filter(|hook| is_theirs(hook, &grant, &cloud_id, now));
        theirs.map(object).collect()
    });
    let size = page.max_results.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
    let values: Vec<&Value> = all.iter().skip(page.start_at).take(size).collect();
    Ok(Json(json!({
        "maxResults": size, "startAt": page.start_at, "total": all.len(),
        "isLast": page.start_at.saturating_add(values.len()) >= all.len(), "values": values,
    })))
}

fn object(hook: &Hook) -> Value {
    let Particular::Jira { number, filter, field_ids, property_keys } = &hook.particular else { return Value::Null };
    json!({
        "id": number, "url": hook.url, "events": hook.events, "jqlFilter": filter, "fieldIdsFilter": field_ids,
        "issuePropertyKeysFilter": property_keys, "expirationDate": hook.expires_at.map(|at| at.timestamp_millis()),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    webhook_ids: Vec<u64>,
}

/// Those of the numbers that are the caller's; the others are passed over without a word.
fn known(hooks: &Hooks, grant: &Grant, cloud_id: &str, numbers: &[u64], now: DateTime<Utc>) -> Vec<String> {
    let is_meant =
        |hook: &Hook| matches!(hook.particular, Particular::Jira { number, .. } if numbers.contains(&number));
    let theirs = hooks.of(Vendor::Atlassian).iter().filter(|hook| is_theirs(hook, grant, cloud_id, now));
    theirs.filter(|hook| is_meant(hook)).map(|hook| hook.id.clone()).collect()
}

/// Thirty days from now, for those that are there.
pub(super) async fn refresh(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Fault> {
    let grant = admitted(&app, &headers, &cloud_id, "write:webhook:jira")?;
    let Numbers { webhook_ids } = body(&bytes)?;
    let now = app.now();
    app.store.change(|ledger| {
        for id in known(&ledger.hooks, &grant, &cloud_id, &webhook_ids, now) {
            if let Some(hook) = ledger.hooks.get_mut(Vendor::Atlassian, &id) {
                hook.expires_at = Some(now + LIFE);
                hook.updated_at = now;
            }
        }
    });
    Ok(Json(json!({"expirationDate": (now + LIFE).timestamp_millis()})))
}

pub(super) async fn delete(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<StatusCode, Fault> {
    let grant = admitted(&app, &headers, &cloud_id, "delete:webhook:jira")?;
    let Numbers { webhook_ids } = body(&bytes)?;
    let now = app.now();
    app.store.change(|ledger| {
        for id in known(&ledger.hooks, &grant, &cloud_id, &webhook_ids, now) {
            ledger.hooks.take(Vendor::Atlassian, &id);
        }
    });
    Ok(StatusCode::ACCEPTED)
}
