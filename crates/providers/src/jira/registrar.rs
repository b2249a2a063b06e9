//! Webhooks that the app registers: one a site, for all its projects, good for thirty days. Jira gives an app five for a person
//! and a site.

use super::{api::ask, moment, sites};
use crate::{Call, CallError, Missed, Order, Registered, Registrar, Renewal, Standing, Watch, call::Body};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::Method;
use serde_json::{Value, json};

/// All that an app's own webhook can be told of and that is read.
const EVENTS: [&str; 18] = [
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "sprint_created",
    "sprint_updated",
    "sprint_started",
    "sprint_closed",
    "sprint_deleted",
    "jira:version_created",
    "jira:version_updated",
    "jira:version_moved",
    "jira:version_merged",
    "jira:version_released",
    "jira:version_unreleased",
    "jira:version_deleted",
];
/// Any of these scopes lets an app register.
const SCOPES: [&str; 2] = ["manage:jira-webhook", "write:webhook:jira"];
/// From registration, or the last refresh, on.
const LIFE: TimeDelta = TimeDelta::days(30);
const PAGE: usize = 50;
/// A filter that names more than a thousand projects is none that Jira takes.
const MOST_PAGES: usize = 20;

pub(super) struct Hooks;

impl Registrar for Hooks {
    /// The sites whose grant has the scope.
    fn wanted<'a>(&'a self, call: Call<'a>, _: &'a [String]) -> BoxFuture<'a, Result<Vec<Watch>, CallError>> {
        Box::pin(async move {
            let mut sites = sites::of(call).await?;
            sites
                .retain(|site| site.kind == "jira" && site.scopes.iter().any(|scope| SCOPES.contains(&scope.as_str())));
            Ok(sites.into_iter().map(|site| Watch { target: site.external_id }).collect())
        })
    }

    /// "Only a single URL per app is allowed to be registered via REST API."
    fn is_one_address(&self) -> bool {
        true
    }

    fn register<'a>(&'a self, call: Call<'a>, order: Order<'a>) -> BoxFuture<'a, Result<Registered, CallError>> {
        Box::pin(register(call, order))
    }

    fn renew<'a>(&'a self, call: Call<'a>, hook: &'a Registered) -> BoxFuture<'a, Result<Renewal, CallError>> {
        Box::pin(renew(call, hook))
    }

    fn look<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<Standing, CallError>> {
        Box::pin(async move {
            let listed = match listed(call, target).await {
                // The site is gone, and its hooks with it.
                Err(CallError::NotFound) => return Ok(Standing::Missing),
                listed => listed?,
            };
            let found = listed.into_iter().find(|listed| listed.id.to_string() == hook.external_id);
            Ok(found.map_or(Standing::Missing, |found| Standing::Good { expires_at: found.expires_at }))
        })
    }

    fn remove<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            match remove(call, target, id(hook)?).await {
                // The site is gone, and its hooks with it.
                Err(CallError::NotFound) => Ok(()),
                other => other,
            }
        })
    }

    /// Jira tells only apps of another kind.
    fn missed(&self) -> Option<&dyn Missed> {
        None
    }
}

/// One that posts to the same address is ours, from an attempt whose answer was lost. With another filter it gives way: nothing
/// changes a hook.
async fn register(call: Call<'_>, order: Order<'_>) -> Result<Registered, CallError> {
    let filter = filter(call, order.target).await?;
    let registered = |id: u64, expires_at| Registered {
        external_id: id.to_string(),
        // The id is the site's own: whoever renews by it has to know which site.
        resource: Some(order.target.to_owned()),
        expires_at,
    };
    for hook in listed(call, order.target).await? {
        if hook.url.as_deref() != Some(order.callback.as_str()) {
            continue;
        }
        if hook.filter.as_deref() == Some(&filter) {
            return Ok(registered(hook.id, hook.expires_at));
        }
        remove(call, order.target, hook.id).await?;
    }
    let wanted = json!({ "url": order.callback.as_str(), "webhooks": [{ "events": EVENTS, "jqlFilter": filter }] });
    let answer = ask(call, Method::POST, &path(order.target, &["webhook"]), &[], Body::Json(wanted)).await?;
    // A refused one is answered with 200, too.
    let result = answer.pointer("/webhookRegistrationResult/0").ok_or(CallError::Unreadable)?;
    match result.get("createdWebhookId").and_then(Value::as_u64) {
        Some(id) => Ok(registered(id, Some(call.now + LIFE))),
        None if result.get("errors").is_some() => Err(CallError::Refused),
        None => Err(CallError::Unreadable),
    }
}

/// A refresh says nothing of ids that are unknown, so that the list is asked, too; and a hook does not see projects that have
/// come since it was made.
async fn renew(call: Call<'_>, hook: &Registered) -> Result<Renewal, CallError> {
    let site = hook.resource.as_deref().ok_or(CallError::Misconfigured)?;
    let id = id(hook)?;
    let asked = Body::Json(json!({ "webhookIds": [id] }));
    let refreshed = ask(call, Method::PUT, &path(site, &["webhook", "refresh"]), &[], asked).await?;
    let Some(found) = listed(call, site).await?.into_iter().find(|listed| listed.id == id) else {
        return Ok(Renewal::Replace);
    };
    if found.filter != Some(filter(call, site).await?) {
        return Ok(Renewal::Replace);
    }
    let expires_at = refreshed.get("expirationDate").and_then(instant).or(found.expires_at);
    Ok(Renewal::Extended { expires_at })
}

async fn remove(call: Call<'_>, site: &str, id: u64) -> Result<(), CallError> {
    let asked = Body::Json(json!({ "webhookIds": [id] }));
    ask(call, Method::DELETE, &path(site, &["webhook"]), &[], asked).await.map(drop)
}

/// A number, unlike at others.
fn id(hook: &Registered) -> Result<u64, CallError> {
    hook.external_id.parse().map_err(|_| CallError::Misconfigured)
}

/// There is no filter for everything: it names every project there is now. Quoted, since a key may be a word of the language.
async fn filter(call: Call<'_>, site: &str) -> Result<String, CallError> {
    let mut keys = Vec::new();
    for page in 0..MOST_PAGES {
        let (start, most) = ((page * PAGE).to_string(), PAGE.to_string());
        let query = [("startAt", start.as_str()), ("maxResults", &most), ("orderBy", "key")];
        let answer = ask(call, Method::GET, &path(site, &["project", "search"]), &query, Body::None).await?;
        let projects = answer.get("values").and_then(Value::as_array).ok_or(CallError::Unreadable)?;
        let found = projects.iter().filter_map(|project| project.get("key")?.as_str());
        keys.extend(found.filter(|key| is_key(key)).map(|key| format!("\"{key}\"")));
        if projects.is_empty() || answer.get("isLast").and_then(Value::as_bool) != Some(false) {
            break;
        }
    }
    // A site without a project has nothing to push, and Jira takes no empty list.
    if keys.is_empty() { Err(CallError::Refused) } else { Ok(format!("project IN ({})", keys.join(", "))) }
}

/// It becomes part of a query.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 255 && key.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

struct Listed {
    id: u64,
    url: Option<String>,
    filter: Option<String>,
    expires_at: Option<DateTime<Utc>>,
}

/// The app's own hooks at a site. There are five at most, so that one page has them all.
async fn listed(call: Call<'_>, site: &str) -> Result<Vec<Listed>, CallError> {
    let query = [("startAt", "0"), ("maxResults", "100")];
    let answer = ask(call, Method::GET, &path(site, &["webhook"]), &query, Body::None).await?;
    let hooks = answer.get("values").and_then(Value::as_array).ok_or(CallError::Unreadable)?;
    let read = |hook: &Value| {
        let text = |name: &str| hook.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        Some(Listed {
            id: hook.get("id")?.as_u64()?,
            url: text("url"),
            filter: text("jqlFilter"),
            expires_at: hook.get("expirationDate").and_then(instant),
        })
    };
    Ok(hooks.iter().filter_map(read).collect())
}

/// Milliseconds since the epoch, as it is documented; as a text elsewhere in the same API.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::String(text) => moment::read(text),
        other => other.as_i64().and_then(DateTime::from_timestamp_millis),
    }
}

fn path<'a>(site: &'a str, below: &[&'a str]) -> Vec<&'a str> {
    [&["ex", "jira", site, "rest", "api", "3"], below].concat()
}
