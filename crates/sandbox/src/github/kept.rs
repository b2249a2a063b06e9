//! What accounts keep at GitHub: repositories, and in each of them issues, pull requests and commits.

use super::{
    content::{Content, Kind, Place},
    objects::{REPOSITORY, first_repository_id, repository, timestamp},
};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Op, Order, Shelf, Thing, Wrong, merge},
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Far from the first repositories of all accounts.
const FIRST_REPOSITORY: u64 = 40_000_000_001;
/// Above 32 bits, so that a reader that stores ids in an `i32` shows itself.
const FIRST_ID: u64 = 5_000_000_001;
/// 2024-01-01: when every account's first repository was made, in seconds since the epoch.
const FOUNDED: i64 = 1_704_067_200;
const LONGEST_NAME: usize = 100;

#[derive(Default)]
pub(crate) struct Kept {
    accounts: BTreeMap<Account, Belongings>,
    /// How many repositories, and how many other things, were ever numbered.
    repositories: u64,
    others: u64,
}

#[derive(Default)]
struct Belongings {
    repositories: Shelf,
    contents: BTreeMap<String, Content>,
}

/// A repository, and what is in it.
pub(super) struct Found<'a> {
    pub(super) owner: Account,
    pub(super) thing: Thing,
    pub(super) content: &'a mut Content,
}

impl Found<'_> {
    pub(super) fn is(&self, flag: &str) -> bool {
        self.thing.value[flag] == true
    }

    /// As GitHub shows it.
    pub(super) fn shown(&self, app: &App) -> Value {
        let id = self.thing.id.parse().unwrap_or_default();
        let name = self.thing.value["name"].as_str().unwrap_or_default();
        let mut shown = repository(app, &self.owner, id, name);
        let more = json!({
            "visibility": if self.is("private") { "private" } else { "public" },
            "archived": false, "disabled": false, "homepage": null, "language": null, "topics": [], "has_issues": true,
            "size": 0, "stargazers_count": 0, "watchers_count": 0, "forks_count": 0,
            "open_issues_count": self.content.open(),
            "created_at": timestamp(self.thing.created_at),
            "updated_at": timestamp(self.thing.changed_at),
            // Of one that is empty, when it was made.
            "pushed_at": timestamp(self.content.pushed_at.unwrap_or(self.thing.created_at)),
        });
        merge(&mut shown, more);
        merge(&mut shown, self.thing.value.clone());
        if let Value::Object(members) = &mut shown {
            members.remove("blocked");
        }
        shown
    }

    pub(super) fn place<'a>(&'a self, app: &'a App) -> Place<'a> {
        let name = self.thing.value["name"].as_str().unwrap_or_default();
        Place { app, owner: &self.owner, name, repository: self.shown(app) }
    }
}

impl Kept {
    fn of(&mut self, app: &App, account: &Account) -> &mut Belongings {
        self.accounts.entry(account.clone()).or_insert_with(|| {
            let mut belongings = Belongings::default();
            let id = first_repository_id(app, account).to_string();
            let founded = DateTime::from_timestamp(FOUNDED, 0).unwrap_or_default();
            belongings.repositories.create(id, json!({ "name": REPOSITORY }), founded);
            belongings
        })
    }

    /// By `owner/name`, or by the number of one that somebody has looked at.
    pub(super) fn find(&mut self, app: &App, which: &str) -> Option<Found<'_>> {
        let owner = match which.split_once('/') {
            Some((owner, _)) => owner.parse().ok()?,
            None => self.accounts.iter().find(|(_, it)| it.repositories.get(which).is_some())?.0.clone(),
        };
        let name = which.split_once('/').map(|(_, name)| name);
        let belongings = self.of(app, &owner);
        let is_it = |thing: &&Thing| name.map_or(thing.id == which, |name| thing.value["name"] == name);
        let thing = belongings.repositories.living().find(is_it)?.clone();
        let content = belongings.contents.entry(thing.id.clone()).or_default();
        Some(Found { owner, thing, content })
    }

    /// The same as GitHub shows it; null: there is none.
    pub(super) fn named(&mut self, app: &App, which: &str) -> Value {
        self.find(app, which).map(|found| found.shown(app)).unwrap_or_default()
    }

    /// An account's, the oldest first.
    pub(super) fn repositories(&mut self, app: &App, account: &Account) -> Vec<Value> {
        let mut things: Vec<&Thing> = self.of(app, account).repositories.living().collect();
        things.sort_by_key(|thing| (thing.created_at, thing.serial));
        let ids: Vec<String> = things.into_iter().map(|thing| thing.id.clone()).collect();
        ids.iter().map(|id| self.named(app, id)).collect()
    }
}

/// What a person does with a repository of theirs, or in one.
pub(crate) fn change(app: &App, order: &Order) -> Result<Done, Wrong> {
    let account = order.account.clone().unwrap_or_else(|| app.people.signed_in(Vendor::Github));
    let now = order.at.unwrap_or_else(|| app.now());
    let mut kept = app.data.github();
    if order.kind == "repository" {
        return change_repository(app, &mut kept, &account, order, now);
    }
    let kind = Kind::named(&order.kind).ok_or(Wrong::Kind)?;
    let mut item = order.item.clone();
    let wished = item.remove("repository");
    let which = which(app, &mut kept, &account, kind, order, wished)?;
    let numbers = kept.others;
    // Two for each: an issue that is a pull request has a number of its own.
    kept.others += 2 * u64::from(order.count);
    let made_up = (0..u64::from(order.count)).map(|at| FIRST_ID + numbers + 2 * at);
    let found = kept.find(app, &which).ok_or(Wrong::Missing)?;
    let Found { owner, thing, content } = found;
    let done = content.change(kind, order, &item, made_up, now)?;
    if kind == Kind::Commit {
        // Whatever the commit says of when it was made.
        content.pushed_at = Some(app.now());
    }
    let found = Found { owner, thing, content };
    let first = done.first().ok_or(Wrong::Missing)?;
    let shown = found.place(app).shown(kind, first);
    Ok(Done { ids: done.into_iter().map(|thing| thing.id).collect(), item: shown })
}

/// Which repository an order is about: the one that it names, the one that has the thing, or the account's first.
fn which(
    app: &App,
    kept: &mut Kept,
    account: &Account,
    kind: Kind,
    order: &Order,
    wished: Option<Value>,
) -> Result<String, Wrong> {
    let belongings = kept.of(app, account);
    match (wished, &order.id) {
        (Some(Value::String(name)), _) => Ok(name),
        (Some(Value::Number(id)), _) => Ok(id.to_string()),
        (Some(_), _) => Err(Wrong::Item("a repository is named by its full name or its id")),
        (None, Some(id)) if order.op != Op::Create => {
            let has = |content: &Content| content.has(kind, id);
            belongings.contents.iter().find(|(_, content)| has(content)).map(|(id, _)| id.clone()).ok_or(Wrong::Missing)
        }
        (None, _) => {
            let first = belongings.repositories.living().min_by_key(|thing| (thing.created_at, thing.serial));
            first.map(|thing| thing.id.clone()).ok_or(Wrong::Item("the account has no repository"))
        }
    }
}

fn change_repository(
    app: &App,
    kept: &mut Kept,
    account: &Account,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<Done, Wrong> {
    let numbers = kept.repositories;
    kept.repositories += u64::from(order.count);
    let belongings = kept.of(app, account);
    let is_taken = |name: &str| belongings.repositories.living().any(|thing| thing.value["name"] == name);
    if let Some(name) = order.item.get("name").map(|name| name.as_str().unwrap_or_default())
        && (!is_name(name) || is_taken(name) || order.count > 1)
    {
        return Err(Wrong::Item("the name is none, or is another repository's"));
    }
    let shelf = &mut belongings.repositories;
    let things: Vec<Thing> = match order.op {
        Op::Create if !shelf.has_room(order.count.into()) => return Err(Wrong::Full),
        Op::Create => {
            let mut made_up = numbers..;
            let mut next = || (FIRST_REPOSITORY + made_up.next().unwrap_or_default()).to_string();
            let ids = order.new_ids(&mut next, |id| shelf.knows(id))?;
            if !ids.iter().all(|id| id.parse::<u64>().is_ok()) {
                return Err(Wrong::Item("the id of a repository is a number"));
            }
            let value = |id: &str| {
                let mut value = Map::from_iter([("name".to_owned(), json!(format!("repo-{id}")))]);
                value.extend(order.item.clone());
                Value::Object(value)
            };
            ids.into_iter().map(|id| shelf.create(id.clone(), value(&id), now)).collect()
        }
        Op::Update => shelf.update(order.named()?, now, |value| merge(value, order.item())).into_iter().collect(),
        Op::Delete => shelf.remove(order.named()?, now).into_iter().collect(),
    };
    let first = things.first().ok_or(Wrong::Missing)?.clone();
    let content = belongings.contents.entry(first.id.clone()).or_default();
    let item = Found { owner: account.clone(), thing: first, content }.shown(app);
    Ok(Done { ids: things.into_iter().map(|thing| thing.id).collect(), item })
}

fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    letters && (1..=LONGEST_NAME).contains(&name.len()) && name != "." && name != ".."
}
