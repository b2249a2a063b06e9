//! Connections in Relay's sense: lists in pages, the newest first, narrowed by when their entries were updated.

use super::{hooks::Denial, kept::Workspace, query::Field};
use crate::{
    app::App,
    data::{Shelf, Thing, read_cursor, write_cursor},
    ledger::Grant,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

/// More are not given at once.
const MOST: u16 = 250;
const COMMON: u16 = 50;
/// What one query may cost.
const MOST_POINTS: f64 = 10_000.0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Arguments {
    #[serde(default = "common")]
    first: u16,
    after: Option<String>,
    #[serde(default)]
    order_by: OrderBy,
    #[serde(default)]
    include_archived: bool,
    #[serde(default)]
    filter: Filter,
}

fn common() -> u16 {
    COMMON
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum OrderBy {
    #[default]
    CreatedAt,
    UpdatedAt,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Filter {
    #[serde(default)]
    updated_at: Comparator,
}

/// Times only; durations are not played.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Comparator {
    gt: Option<DateTime<Utc>>,
    gte: Option<DateTime<Utc>>,
    lt: Option<DateTime<Utc>>,
    lte: Option<DateTime<Utc>>,
}

impl Comparator {
    /// To the millisecond, which is all that is shown of a time.
    fn takes(&self, at: DateTime<Utc>) -> bool {
        let at = at.timestamp_millis();
        let against = |bound: Option<DateTime<Utc>>, takes: fn(i64, i64) -> bool| {
            bound.is_none_or(|bound| takes(at, bound.timestamp_millis()))
        };
        against(self.gt, |at, bound| at > bound)
            && against(self.gte, |at, bound| at >= bound)
            && against(self.lt, |at, bound| at < bound)
            && against(self.lte, |at, bound| at <= bound)
    }
}

/// Where in the list: the time it goes by, in milliseconds, and the id.
type Place = (i64, String);

/// What can be asked for of a field: a selection is held against it before anything is done.
pub(super) fn shape(name: &str) -> Option<Value> {
    let user = json!({"id": 0, "name": 0, "displayName": 0, "email": 0});
    let team = json!({"id": 0, "key": 0, "name": 0});
    let times = json!({"id": 0, "createdAt": 0, "updatedAt": 0, "archivedAt": 0});
    let issue = json!({
        "identifier": 0, "number": 0, "title": 0, "description": 0, "url": 0, "priority": 0, "priorityLabel": 0, "estimate": 0,
        "dueDate": 0, "startedAt": 0, "completedAt": 0, "canceledAt": 0, "trashed": 0, "previousIdentifiers": 0,
        "state": {"id": 0, "name": 0, "type": 0}, "team": team, "assignee": user, "creator": user,
        "project": {"id": 0, "name": 0}, "parent": {"id": 0}, "labels": {"nodes": {"id": 0, "name": 0}},
    });
    let mut node = match name {
        "issues" => issue,
        "teams" => json!({"key": 0, "name": 0, "description": 0, "icon": 0, "color": 0, "visibility": 0}),
        "projects" => json!({
            "name": 0, "description": 0, "slugId": 0, "url": 0, "startDate": 0, "targetDate": 0, "startedAt": 0,
            "completedAt": 0, "canceledAt": 0, "trashed": 0, "health": 0, "priority": 0, "lead": user, "creator": user,
            "teams": {"nodes": team}, "status": {"id": 0, "name": 0, "type": 0},
        }),
        "comments" => {
            json!({"body": 0, "url": 0, "editedAt": 0, "parent": {"id": 0}, "user": user, "issue": with(issue, &times)})
        }
        _ => return None,
    };
    node = with(node, &times);
    Some(json!({"nodes": node, "pageInfo": {"hasNextPage": 0, "endCursor": 0}}))
}

fn with(mut node: Value, more: &Value) -> Value {
    crate::data::merge(&mut node, more.clone());
    node
}

/// A property is a tenth of a point, an object one; a connection costs what is asked of each entry as often as it may have entries.
pub(super) fn points(field: &Field) -> f64 {
    if field.fields.is_empty() {
        return 0.1;
    }
    let inner: f64 = field.fields.iter().map(points).sum();
    let is_connection = field.fields.iter().any(|field| field.name == "nodes");
    let first = field.arguments.get("first").and_then(Value::as_f64).unwrap_or(COMMON.into());
    if is_connection { 1.0 + first * inner } else { 1.0 + inner }
}

/// What the field stands for, whole; the caller takes what was asked for. `None` is a field of another kind.
pub(super) fn answer(app: &App, grant: &Grant, field: &Field) -> Option<Result<Value, Denial>> {
    shape(&field.name)?;
    Some(if !grant.has("read") {
        Err(Denial::Forbidden)
    } else if points(field) > MOST_POINTS {
        Err(Denial::Input(format!(
            "The query is too complex. Complexity: {:.0}. Maximum allowed complexity: 10000.",
            points(field)
        )))
    } else {
        page(app, grant, field)
    })
}

fn page(app: &App, grant: &Grant, field: &Field) -> Result<Value, Denial> {
    let arguments: Arguments = serde_json::from_value(Value::Object(field.arguments.clone()))
        .map_err(|error| Denial::Input(format!("Argument Validation Error: {error}")))?;
    if !(1..=MOST).contains(&arguments.first) {
        return Err(Denial::Input(format!("first must be 1 to {MOST}")));
    }
    let after = match &arguments.after {
        None => None,
        Some(text) => {
            let read = read_cursor::<Place>(text);
            Some(read.ok_or_else(|| Denial::Input("after is not a valid pagination cursor identifier.".to_owned()))?)
        }
    };
    let by = arguments.order_by;
    let place = |thing: &Thing| {
        let at = if by == OrderBy::UpdatedAt { thing.changed_at } else { thing.created_at };
        (at.timestamp_millis(), thing.id.clone())
    };
    let mut kept = app.data.linear();
    let workspace: &Workspace = kept.of(&grant.account);
    let things = workspace.shelf(&field.name).into_iter().flat_map(Shelf::living);
    let is_shown = |thing: &&Thing| {
        (arguments.include_archived || thing.value["archivedAt"].is_null())
            && arguments.filter.updated_at.takes(thing.changed_at)
    };
    let placed = things.filter(is_shown).map(|thing| (place(thing), thing));
    let mut found: Vec<(Place, &Thing)> =
        placed.filter(|(place, _)| after.as_ref().is_none_or(|after| place < after)).collect();
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    let has_next = found.len() > arguments.first.into();
    found.truncate(arguments.first.into());
    let shown = |thing| workspace.shown(app, &grant.account, &field.name, thing);
    let nodes: Vec<Value> = found.iter().map(|(_, thing)| shown(thing)).collect();
    let end = found.last().map(|(place, _)| write_cursor(place));
    Ok(json!({"nodes": nodes, "pageInfo": {"hasNextPage": has_next, "endCursor": end}}))
}
