//! Jira's issues. The search says nothing but ids unless fields are named, and does not know everything at once.

use super::{
    jql::{Field, Jql, Subject},
    kept::{Place, Site},
    me::{Refused, granted},
    sites::{found, sites},
};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Thing, Wrong, merge, read_cursor, write_cursor},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use chrono::{DateTime, FixedOffset, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const TOKEN_LIFE: TimeDelta = TimeDelta::days(7);
/// Where nothing but ids and keys is asked for; where more is, the next one.
const MOST_IDS: usize = 5000;
const MOST_ISSUES: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    jql: String,
    max_results: Option<usize>,
    #[serde(default)]
    fields: Vec<String>,
    next_page_token: Option<String>,
    /// These are found as they are now.
    #[serde(default)]
    reconcile_issues: Vec<Value>,
}

/// Where in the list: the time it is ordered by, and the id.
type Where = (i64, u64);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageToken {
    cloud_id: String,
    jql: [u8; 32],
    after: Where,
    until: DateTime<Utc>,
}

fn place(thing: &Thing, by: Field) -> Where {
    let time = match by {
        Field::Updated => thing.changed_at.timestamp_millis(),
        Field::Created => thing.created_at.timestamp_millis(),
        Field::Project | Field::Issue => 0,
    };
    (time, thing.id.parse().unwrap_or_default())
}

fn bad(why: impl Into<String>) -> Refused {
    Refused::Search(why.into())
}

impl Search {
    fn page_size(&self) -> Result<usize, Refused> {
        let is_bare = self.fields.iter().all(|field| ["id", "key"].contains(&field.as_str()));
        let most = if is_bare { MOST_IDS } else { MOST_ISSUES };
        match self.max_results.unwrap_or(50) {
            0 => Err(bad("The value 0 for maxResults is not allowed.")),
            wanted => Ok(wanted.min(most)),
        }
    }

    /// Where the last page ended.
    fn after(&self, app: &App, cloud_id: &str) -> Result<Option<Where>, Refused> {
        let Some(text) = &self.next_page_token else { return Ok(None) };
        let is_it = |token: &PageToken| {
            token.cloud_id == cloud_id && token.jql == kernel::sha256(&self.jql) && token.until > app.now()
        };
        let token = read_cursor::<PageToken>(text).filter(is_it);
        token.map(|token| Some(token.after)).ok_or_else(|| bad("The provided next page token is invalid or expired."))
    }

    fn reconciles(&self, id: &str) -> bool {
        self.reconcile_issues.iter().any(|each| each.as_str().map_or_else(|| each.to_string(), ToOwned::to_owned) == id)
    }
}

pub(super) async fn search(
    State(app): State<App>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let grant = granted(&app, &headers, Some("read:jira-work"))?;
    found(&app, &grant, &cloud_id)?;
    let search: Search = serde_json::from_slice(&body).map_err(|_| bad("Invalid request payload."))?;
    if search.reconcile_issues.len() > 50 {
        return Err(bad("reconcileIssues takes 50 ids."));
    }
    let jql = Jql::parse(&search.jql, app.now()).map_err(Refused::Search)?;
    let (most, after) = (search.page_size()?, search.after(&app, &cloud_id)?);
    let (by, descends) = jql.order;
    let is_behind = |thing: &Thing| {
        let place = place(thing, by);
        after.is_none_or(|after| if descends { place < after } else { place > after })
    };
    let mut kept = app.data.atlassian();
    let site = kept.on(&cloud_id);
    let known = site.issues.living().filter_map(|thing| match site.lagging.get(&thing.id) {
        Some((until, before)) if *until > app.now() && !search.reconciles(&thing.id) => before.as_ref(),
        _ => Some(thing),
    });
    let mut things: Vec<&Thing> = known.filter(|thing| jql.finds(&subject(thing)) && is_behind(thing)).collect();
    things.sort_by_key(|thing| place(thing, by));
    if descends {
        things.reverse();
    }
    let is_last = things.len() <= most;
    things.truncate(most);
    let issues: Vec<Value> =
        things.iter().map(|thing| projected(shown(&app, &grant.account, &cloud_id, thing), &search.fields)).collect();
    let mut answer = json!({"issues": issues, "isLast": is_last});
    if let Some(last) = things.last().filter(|_| !is_last) {
        let (jql, after, until) = (kernel::sha256(&search.jql), place(last, by), app.now() + TOKEN_LIFE);
        answer["nextPageToken"] = json!(write_cursor(&PageToken { cloud_id, jql, after, until }));
    }
    Ok(Json(answer))
}

fn text<'t>(value: &'t Value, pointer: &str) -> &'t str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn subject(thing: &Thing) -> Subject<'_> {
    let of_project = |name: &str| text(&thing.value, &format!("/fields/project/{name}"));
    Subject {
        id: &thing.id,
        key: text(&thing.value, "/key"),
        project: ["id", "key", "name"].map(of_project),
        created_at: thing.created_at,
        updated_at: thing.changed_at,
    }
}

/// Nothing but the id unless more is named.
fn projected(mut issue: Value, wanted: &[String]) -> Value {
    let wants = |name: &str| wanted.iter().any(|field| field == name);
    let all = wants("*all") || wants("*navigable");
    let is_bare = wanted.iter().all(|field| ["id", "key"].contains(&field.as_str()));
    if is_bare {
        let keeps = |name: &str| name == "id" || (wants("key") && ["key", "self"].contains(&name));
        let Value::Object(members) = issue else { return issue };
        return Value::Object(members.into_iter().filter(|(name, _)| keeps(name)).collect());
    }
    if let Value::Object(fields) = &mut issue["fields"]
        && !all
    {
        *fields = std::mem::take(fields).into_iter().filter(|(name, _)| wants(name)).collect::<Map<_, _>>();
    }
    issue
}

fn time(at: DateTime<Utc>) -> String {
    FixedOffset::east_opt(3600)
        .map(|zone| zone.from_utc_datetime(&at.naive_utc()).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string())
        .unwrap_or_default()
}

fn shown(app: &App, account: &Account, cloud_id: &str, thing: &Thing) -> Value {
    let person = app.people.person(Vendor::Atlassian, account);
    let who = json!({"accountId": person.id, "displayName": person.name, "accountType": "atlassian", "active": true});
    let mut issue = json!({
        "id": thing.id, "self": format!("{}/atlassian/ex/jira/{cloud_id}/rest/api/3/issue/{}", app.url, thing.id),
        "fields": {
            "summary": "An issue", "issuetype": {"id": "10001", "name": "Task"}, "priority": {"id": "3", "name": "Medium"},
            "status": {"id": "10000", "name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}},
            "assignee": null, "reporter": who, "creator": who, "labels": [], "resolution": null,
            "created": time(thing.created_at), "updated": time(thing.changed_at),
        },
    });
    merge(&mut issue, thing.value.clone());
    issue
}

/// All of the person's first site, as they are now, the one that changed last first.
pub(super) fn all(app: &App, account: &Account) -> Vec<Value> {
    let Some((cloud_id, _)) = sites(app, account).into_iter().next() else { return Vec::new() };
    let mut kept = app.data.atlassian();
    let mut things: Vec<&Thing> = kept.on(&cloud_id).issues.living().collect();
    things.sort_by_key(|thing| std::cmp::Reverse(thing.serial));
    things.into_iter().map(|thing| shown(app, account, &cloud_id, thing)).collect()
}

/// What a person does with an issue. The project may be named by its key; it is `ED` otherwise.
pub(super) fn change(site: &mut Site, place: &Place<'_>, order: &Order) -> Result<Done, Wrong> {
    let things = match order.op {
        Op::Create => create(site, place, order)?,
        Op::Update => {
            let before = site.issues.get(order.named()?).cloned().ok_or(Wrong::Missing)?;
            let after = site.issues.update(&before.id, place.now, |value| merge(value, order.item()));
            lag(site, place, order, &before.id, Some(before.clone()));
            vec![after.ok_or(Wrong::Missing)?]
        }
        Op::Delete => vec![site.issues.remove(order.named()?, place.now).ok_or(Wrong::Missing)?],
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    let item = shown(place.app, &place.account, &place.cloud_id, first);
    Ok(Done { item, ids: things.into_iter().map(|thing| thing.id).collect() })
}

fn create(site: &mut Site, place: &Place<'_>, order: &Order) -> Result<Vec<Thing>, Wrong> {
    if !site.issues.has_room(order.count.into()) {
        return Err(Wrong::Full);
    }
    let made_up: Vec<String> = (0..order.count).map(|_| site.next_id()).collect();
    let mut made_up = made_up.into_iter();
    let ids = order.new_ids(|| made_up.next().unwrap_or_default(), |id| site.issues.knows(id))?;
    if !ids.iter().all(|id| id.parse::<u64>().is_ok()) {
        return Err(Wrong::Item("the id of an issue is a number"));
    }
    let key = order.item().pointer("/fields/project/key").and_then(Value::as_str).unwrap_or("ED").to_owned();
    let mut things = Vec::new();
    for id in ids {
        let number = site.numbered.entry(key.clone()).or_default();
        *number += 1;
        // Every project has its own number, and one that nobody described is called by its key.
        let (project, name) = match key.as_str() {
            "ED" => ("10000".to_owned(), "Editor"),
            "OPS" => ("10001".to_owned(), "Operations"),
            "HELP" => ("10002".to_owned(), "Help desk"),
            other => ((20_000 + u32::from(kernel::sha256(other)[0])).to_string(), other),
        };
        let mut value = json!({
            "key": format!("{key}-{number}"), "fields": {"project": {"id": project, "key": key, "name": name}},
        });
        merge(&mut value, order.item());
        things.push(site.issues.create(id.clone(), value, place.now));
        lag(site, place, order, &id, None);
    }
    Ok(things)
}

/// Until the search has caught up, it finds what was before.
fn lag(site: &mut Site, place: &Place<'_>, order: &Order, id: &str, before: Option<Thing>) {
    site.lagging.remove(id);
    if order.lag_seconds > 0 {
        let until = place.app.now() + TimeDelta::seconds(order.lag_seconds.into());
        site.lagging.insert(id.to_owned(), (until, before));
    }
}
