//! Webhooks of a workspace, made with `webhookCreate`: each with an address and a secret of its own.

use super::{
    query::Field,
    webhooks::{Event, write},
};
use crate::{
    account::Vendor,
    app::App,
    courier::{Letter, Parcel, path_on_base},
    ledger::{Grant, Hook, Particular},
};
use chrono::{DateTime, SecondsFormat, Utc};
use kernel::Secret;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What can be listened to. There is no Team and no WorkflowState among it.
const RESOURCE_TYPES: [&str; 22] = [
    "AgentSessionEvent",
    "AppUserNotification",
    "Attachment",
    "Comment",
    "Customer",
    "CustomerNeed",
    "Cycle",
    "Document",
    "Initiative",
    "InitiativeUpdate",
    "Issue",
    "IssueLabel",
    "IssueSLA",
    "OAuthAuthorization",
    "PermissionChange",
    "Project",
    "ProjectLabel",
    "ProjectUpdate",
    "Reaction",
    "Release",
    "ReleaseNote",
    "User",
];
/// Linear publishes no number; nobody needs more.
const MOST_OF_A_WORKSPACE: usize = 100;
const LONGEST: usize = 2048;

/// Why a field is not answered.
pub(super) enum Denial {
    /// The token or its person may not.
    Forbidden,
    Input(String),
    NoSuchHook,
}

fn input(why: &str) -> Denial {
    Denial::Input(why.to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Creation {
    url: String,
    resource_types: Vec<String>,
    id: Option<Uuid>,
    team_id: Option<String>,
    all_public_teams: Option<bool>,
    secret: Option<Secret>,
    label: Option<String>,
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    url: Option<String>,
    resource_types: Option<Vec<String>>,
    secret: Option<Secret>,
    label: Option<String>,
    enabled: Option<bool>,
}

/// What the field stands for, whole; the caller takes what was asked for. `None` is a field of another kind.
pub(super) fn answer(app: &App, grant: &Grant, field: &Field) -> Option<Result<Value, Denial>> {
    // An app's own token never has this scope.
    let is_admin = grant.has("admin");
    Some(match field.name.as_str() {
        "webhooks" | "webhook" | "webhookCreate" | "webhookUpdate" | "webhookDelete" if !is_admin => {
            Err(Denial::Forbidden)
        }
        "webhooks" => Ok(list(app, grant)),
        "webhook" => show(app, grant, field),
        "webhookCreate" => create(app, grant, field),
        "webhookUpdate" => update(app, grant, field),
        "webhookDelete" => delete(app, grant, field),
        _ => return None,
    })
}

/// What can be asked for of a field: a selection is held against it before anything is done.
pub(super) fn shape(name: &str) -> Option<Value> {
    let webhook = json!({
        "id": 0, "label": 0, "url": 0, "enabled": 0, "allPublicTeams": 0, "team": {"id": 0}, "teamIds": 0, "secret": 0,
        "resourceTypes": 0, "creator": {"id": 0, "name": 0}, "createdAt": 0, "updatedAt": 0, "archivedAt": 0,
    });
    match name {
        "webhook" => Some(webhook),
        "webhooks" => Some(json!({"nodes": webhook, "pageInfo": {"hasNextPage": 0, "endCursor": 0}})),
        "webhookCreate" | "webhookUpdate" => Some(json!({"success": 0, "lastSyncId": 0, "webhook": webhook})),
        "webhookDelete" => Some(json!({"success": 0, "lastSyncId": 0, "entityId": 0})),
        _ => None,
    }
}

pub(super) fn is_mutation(name: &str) -> bool {
    ["webhookCreate", "webhookUpdate", "webhookDelete"].contains(&name)
}

fn workspace(grant: &Grant) -> String {
    grant.account.linear_organization_id().to_string()
}

fn argument<T: serde::de::DeserializeOwned>(field: &Field, name: &str) -> Result<T, Denial> {
    let value = field.arguments.get(name).ok_or_else(|| Denial::Input(format!("The argument {name} is missing.")))?;
    serde_json::from_value(value.clone())
        .map_err(|error| Denial::Input(format!("The argument {name} is invalid: {error}")))
}

fn checked_address(app: &App, url: &str) -> Result<String, Denial> {
    let path = (url.len() <= LONGEST).then(|| path_on_base(app, Vendor::Linear, url)).flatten();
    path.ok_or_else(|| input("url must be where the sandbox delivers webhooks."))
}

fn checked_types(types: Vec<String>) -> Result<Vec<String>, Denial> {
    let is_known = |name: &String| RESOURCE_TYPES.contains(&name.as_str());
    if types.is_empty() || !types.iter().all(is_known) {
        return Err(input("resourceTypes must name types of the enumeration WebhookResourceType, one at least."));
    }
    Ok(types)
}

fn checked_secret(secret: Secret) -> Result<Secret, Denial> {
    let is_good = (1..=LONGEST).contains(&secret.expose().len());
    if is_good { Ok(secret) } else { Err(input("secret must not be empty.")) }
}

fn object(app: &App, hook: &Hook) -> Value {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let Particular::Linear { label, team_id } = &hook.particular else { return Value::Null };
    let creator = app.people.person(Vendor::Linear, &hook.account);
    json!({
        "id": hook.id,
        "label": label,
        "url": hook.url,
        "enabled": hook.active,
        "allPublicTeams": team_id.is_none(),
        "team": team_id.as_ref().map(|id| json!({"id": id})),
        "teamIds": team_id.iter().collect::<Vec<_>>(),
        "secret": hook.secret.as_ref().map(Secret::expose),
        "resourceTypes": hook.events,
        "creator": {"id": creator.id, "name": creator.name},
        "createdAt": time(hook.created_at),
        "updatedAt": time(hook.updated_at),
        "archivedAt": null,
    })
}

fn payload(app: &App, hook: &Hook) -> Value {
    json!({"success": true, "lastSyncId": 1, "webhook": object(app, hook)})
}

/// All at once, the newest first: there are never so many that a second page would come.
fn list(app: &App, grant: &Grant) -> Value {
    let place = workspace(grant);
    let hooks: Vec<Hook> = app
        .store
        .read(|ledger| ledger.hooks.of(Vendor::Linear).iter().filter(|hook| hook.place == place).cloned().collect());
    let nodes: Vec<Value> = hooks.iter().rev().map(|hook| object(app, hook)).collect();
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": null}})
}

fn found(app: &App, grant: &Grant, field: &Field) -> Result<Hook, Denial> {
    let id: String = argument(field, "id")?;
    let hook = app.store.read(|ledger| ledger.hooks.get(Vendor::Linear, &id).cloned());
    hook.filter(|hook| hook.place == workspace(grant)).ok_or(Denial::NoSuchHook)
}

fn show(app: &App, grant: &Grant, field: &Field) -> Result<Value, Denial> {
    found(app, grant, field).map(|hook| object(app, &hook))
}

fn create(app: &App, grant: &Grant, field: &Field) -> Result<Value, Denial> {
    let wish: Creation = argument(field, "input")?;
    if wish.team_id.is_some() == wish.all_public_teams.unwrap_or_default() {
        return Err(input("Either teamId or allPublicTeams is needed, and not both."));
    }
    let path = checked_address(app, &wish.url)?;
    let generated = || Ok(Secret::from(format!("lin_wh_{}", kernel::alphanumeric(40))));
    let now = app.now();
    let hook = Hook {
        id: wish.id.unwrap_or_else(Uuid::new_v4).to_string(),
        account: grant.account.clone(),
        client_id: grant.client_id.clone(),
        place: workspace(grant),
        path,
        url: wish.url,
        events: checked_types(wish.resource_types)?,
        secret: Some(wish.secret.map_or_else(generated, checked_secret)?),
        active: wish.enabled.unwrap_or(true),
        created_at: now,
        updated_at: now,
        expires_at: None,
        particular: Particular::Linear { label: wish.label, team_id: wish.team_id },
    };
    app.store.change(|ledger| {
        let there = ledger.hooks.of(Vendor::Linear);
        if there.iter().any(|each| each.id == hook.id) {
            return Err(input("The id is taken."));
        }
        if there.iter().filter(|each| each.place == hook.place).count() >= MOST_OF_A_WORKSPACE {
            return Err(input("The workspace has too many webhooks."));
        }
        ledger.hooks.add(Vendor::Linear, hook.clone(), now);
        Ok(())
    })?;
    Ok(payload(app, &hook))
}

fn update(app: &App, grant: &Grant, field: &Field) -> Result<Value, Denial> {
    let id = found(app, grant, field)?.id;
    let wish: Change = argument(field, "input")?;
    let address = match wish.url {
        Some(url) => Some((checked_address(app, &url)?, url)),
        None => None,
    };
    let events = wish.resource_types.map(checked_types).transpose()?;
    let secret = wish.secret.map(checked_secret).transpose()?;
    let changed = app.store.change(|ledger| {
        let hook = ledger.hooks.get_mut(Vendor::Linear, &id)?;
        if let Some((path, url)) = address {
            (hook.path, hook.url) = (path, url);
        }
        if let Some(events) = events {
            hook.events = events;
        }
        // The old one is worth nothing from here on.
        hook.secret = secret.or(hook.secret.take());
        hook.active = wish.enabled.unwrap_or(hook.active);
        if let (Particular::Linear { label, .. }, Some(wanted)) = (&mut hook.particular, wish.label) {
            *label = Some(wanted);
        }
        hook.updated_at = app.now();
        Some(hook.clone())
    });
    changed.map(|hook| payload(app, &hook)).ok_or(Denial::NoSuchHook)
}

fn delete(app: &App, grant: &Grant, field: &Field) -> Result<Value, Denial> {
    let hook = found(app, grant, field)?;
    app.store.change(|ledger| ledger.hooks.take(Vendor::Linear, &hook.id)).ok_or(Denial::NoSuchHook)?;
    Ok(json!({"success": true, "lastSyncId": 1, "entityId": hook.id}))
}

/// An event for a hook, signed with its secret; of the payload what Linear adds is added unless it is there.
pub(crate) fn letter_to_hook(app: &App, hook: &Hook, parcel: Parcel) -> Option<Letter> {
    let mut payload: Map<String, Value> = serde_json::from_str(parcel.payload.get()).ok()?;
    let additions =
        [("webhookId", json!(hook.id)), ("organizationId", json!(hook.place)), ("type", json!(parcel.event))];
    for (name, value) in additions {
        payload.entry(name).or_insert(value);
    }
    let event = Event {
        path: hook.path.clone(),
        name: parcel.event,
        delivery_id: parcel.delivery_id,
        payload,
        offset: parcel.offset,
    };
    Some(write(app, hook.secret.as_ref()?, event))
}
