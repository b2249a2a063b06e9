//! What is in a workspace: teams, projects, issues and comments. Empty until somebody orders something.

use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Shelf, Thing, Wrong, merge},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Workspace {
    pub(super) teams: Shelf,
    pub(super) projects: Shelf,
    pub(super) issues: Shelf,
    pub(super) comments: Shelf,
    /// How many issues each team has had.
    numbered: BTreeMap<String, u64>,
}

#[derive(Default)]
pub(crate) struct Kept(BTreeMap<Account, Workspace>);

impl Kept {
    pub(super) fn of(&mut self, account: &Account) -> &mut Workspace {
        self.0.entry(account.clone()).or_default()
    }
}

/// Made up in the order of time, so that the first is the first.
fn new_id() -> String {
    Uuid::now_v7().to_string()
}

fn time(at: DateTime<Utc>) -> Value {
    json!(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// In lower case, with hyphens, as titles stand in addresses.
fn slug(title: &Value) -> String {
    let letters = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    title.as_str().unwrap_or_default().chars().map(letters).collect()
}

fn id<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// An id alone becomes what it is of; what is of nothing here stays as it was written.
fn resolved(value: &Value, shelf: &Shelf, names: &[&str]) -> Value {
    let Some(thing) = shelf.get(id(value, "/id")) else { return value.clone() };
    let mut found = json!({"id": thing.id});
    for name in names {
        found[*name] = thing.value[*name].clone();
    }
    found
}

impl Workspace {
    pub(super) fn shelf(&self, list: &str) -> Option<&Shelf> {
        Some(match list {
            "teams" => &self.teams,
            "projects" => &self.projects,
            "issues" => &self.issues,
            "comments" => &self.comments,
            _ => return None,
        })
    }

    /// As the API shows it, whole.
    pub(super) fn shown(&self, app: &App, account: &Account, list: &str, thing: &Thing) -> Value {
        let person = app.people.person(Vendor::Linear, account);
        let who = json!({"id": person.id, "name": person.name, "displayName": account.name(), "email": person.email});
        let mut shown = json!({
            "id": thing.id, "createdAt": time(thing.created_at), "updatedAt": time(thing.changed_at), "archivedAt": null,
        });
        merge(&mut shown, blank(list, &who));
        merge(&mut shown, thing.value.clone());
        let web = format!("https://linear.app/{account}");
        match list {
            "issues" => {
                shown["team"] = resolved(&shown["team"], &self.teams, &["key", "name"]);
                shown["project"] = resolved(&shown["project"], &self.projects, &["name"]);
                let (identifier, title) = (id(&shown, "/identifier"), slug(&shown["title"]));
                shown["url"] = json!(format!("{web}/issue/{identifier}/{title}"));
                let words = ["No priority", "Urgent", "High", "Medium", "Low"];
                let priority = shown["priority"].as_u64().and_then(|number| words.get(usize::try_from(number).ok()?));
                shown["priorityLabel"] = json!(priority);
            }
            "projects" => {
                shown["url"] = json!(format!("{web}/project/{}-{}", slug(&shown["name"]), id(&shown, "/slugId")));
            }
            "comments" => {
                let issue = self.issues.get(id(&shown, "/issue/id"));
                let issue = issue.map(|issue| self.shown(app, account, "issues", issue)).unwrap_or_default();
                shown["url"] = json!(format!("{}#comment-{}", id(&issue, "/url"), thing.id));
                shown["issue"] = issue;
            }
            _ => {}
        }
        shown
    }

    /// The team that the item names by its id or its key, the first one otherwise; where there is none, one is made.
    fn team(&mut self, item: &Value, now: DateTime<Utc>) -> Result<(String, String), Wrong> {
        let key = |team: &Thing| id(&team.value, "/key").to_owned();
        let (wanted, named) = (id(item, "/team/id"), id(item, "/team/key"));
        let is_it = |team: &&Thing| if wanted.is_empty() { key(team) == named } else { team.id == wanted };
        if !wanted.is_empty() || !named.is_empty() {
            let found = self.teams.living().find(is_it).ok_or(Wrong::Item("there is no such team"))?;
            return Ok((found.id.clone(), key(found)));
        }
        let first = self.teams.living().next().cloned();
        let first =
            first.unwrap_or_else(|| self.teams.create(new_id(), json!({"key": "ENG", "name": "Engineering"}), now));
        Ok((first.id.clone(), key(&first)))
    }

    fn create(&mut self, list: &str, order: &Order, now: DateTime<Utc>) -> Result<Vec<Thing>, Wrong> {
        let there = self.shelf(list).ok_or(Wrong::Kind)?;
        if !there.has_room(order.count.into()) {
            return Err(Wrong::Full);
        }
        let ids = order.new_ids(new_id, |id| there.knows(id))?;
        let mut things = Vec::new();
        for id in ids {
            let mut value = order.item();
            match list {
                "issues" => {
                    let (team, key) = self.team(&value, now)?;
                    let number = self.numbered.entry(team.clone()).or_default();
                    *number += 1;
                    let mut numbered =
                        json!({"number": *number, "identifier": format!("{key}-{number}"), "team": {"id": team}});
                    merge(&mut numbered, value);
                    value = numbered;
                }
                "comments" if !order.item.contains_key("issue") => {
                    let first = self.issues.living().next().ok_or(Wrong::Item("there is no issue to comment on"))?;
                    value["issue"] = json!({"id": first.id});
                }
                "projects" => value["slugId"] = json!(&id[id.len().saturating_sub(12)..]),
                _ => {}
            }
            let there = self.shelf_mut(list).ok_or(Wrong::Kind)?;
            things.push(there.create(id, value, now));
        }
        Ok(things)
    }

    fn shelf_mut(&mut self, list: &str) -> Option<&mut Shelf> {
        Some(match list {
            "teams" => &mut self.teams,
            "projects" => &mut self.projects,
            "issues" => &mut self.issues,
            "comments" => &mut self.comments,
            _ => return None,
        })
    }
}

/// What an entry says unless an order says otherwise.
fn blank(list: &str, who: &Value) -> Value {
    match list {
        "teams" => json!({"key": "ENG", "name": "Engineering", "description": null, "icon": null, "color": "#5e6ad2",
                          "visibility": "public"}),
        "projects" => json!({
            "name": "A project", "description": "", "slugId": "", "startDate": null, "targetDate": null, "startedAt": null,
            "completedAt": null, "canceledAt": null, "trashed": null, "health": null, "priority": 0, "lead": null,
            "creator": who, "teams": {"nodes": []}, "status": {"id": "ps0", "name": "Backlog", "type": "backlog"},
        }),
        "issues" => json!({
            "title": "An issue", "description": null, "priority": 0, "estimate": null, "dueDate": null, "startedAt": null,
            "completedAt": null, "canceledAt": null, "trashed": null, "previousIdentifiers": [], "assignee": null,
            "creator": who, "project": null, "parent": null, "labels": {"nodes": []},
            "state": {"id": "s0", "name": "Todo", "type": "unstarted"},
        }),
        _ => json!({"body": "A comment", "editedAt": null, "parent": null, "user": who, "issue": null}),
    }
}

/// The times that another state or status brings along, unless the change itself says them.
fn times(value: &mut Value, order: &Order, now: DateTime<Utc>) {
    let change = order.item();
    let kind = ["/state/type", "/status/type"].iter().find_map(|path| change.pointer(path)?.as_str());
    let Some(kind) = kind else { return };
    for (name, is_then) in [("completedAt", kind == "completed"), ("canceledAt", kind == "canceled")] {
        if !order.item.contains_key(name) {
            value[name] = if is_then { time(now) } else { Value::Null };
        }
    }
}

/// What somebody does. What is deleted is gone for good; what is thrown away is updated to say so.
pub(crate) fn change(app: &App, order: &Order) -> Result<Done, Wrong> {
    let account = order.account.clone().unwrap_or_else(|| app.people.signed_in(Vendor::Linear));
    let now = order.at.unwrap_or_else(|| app.now());
    let list = match order.kind.as_str() {
        "team" => "teams",
        "project" => "projects",
        "issue" => "issues",
        "comment" => "comments",
        _ => return Err(Wrong::Kind),
    };
    let mut kept = app.data.linear();
    let workspace = kept.of(&account);
    let things: Vec<Thing> = match order.op {
        Op::Create => workspace.create(list, order, now)?,
        Op::Update => {
            let shelf = workspace.shelf_mut(list).ok_or(Wrong::Kind)?;
            let changed = shelf.update(order.named()?, now, |value| {
                times(value, order, now);
                if list == "comments" && order.item.contains_key("body") {
                    value["editedAt"] = time(now);
                }
                merge(value, order.item());
            });
            changed.into_iter().collect()
        }
        Op::Delete => {
            let shelf = workspace.shelf_mut(list).ok_or(Wrong::Kind)?;
            shelf.remove(order.named()?, now).into_iter().collect()
        }
    };
    let first = things.first().ok_or(Wrong::Missing)?;
    let item = workspace.shown(app, &account, list, first);
    Ok(Done { item, ids: things.into_iter().map(|thing| thing.id).collect() })
}
