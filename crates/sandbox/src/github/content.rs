//! What is in a repository, and how GitHub shows it.

use super::objects::{node_id, simple_user, timestamp};
use crate::{
    account::Account,
    app::App,
    data::{Op, Order, Shelf, Thing, Wrong, merge},
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Issue,
    PullRequest,
    Commit,
}

impl Kind {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "issue" => Some(Self::Issue),
            "pull_request" => Some(Self::PullRequest),
            "commit" => Some(Self::Commit),
            _ => None,
        }
    }
}

#[derive(Default)]
pub(super) struct Content {
    pub(super) issues: Shelf,
    pub(super) pull_requests: Shelf,
    pub(super) commits: Shelf,
    pub(super) pushed_at: Option<DateTime<Utc>>,
    /// Issues and pull requests are counted together.
    numbered: u64,
}

impl Content {
    fn shelf(&self, kind: Kind) -> &Shelf {
        match kind {
            Kind::Issue => &self.issues,
            Kind::PullRequest => &self.pull_requests,
            Kind::Commit => &self.commits,
        }
    }

    fn shelf_mut(&mut self, kind: Kind) -> &mut Shelf {
        match kind {
            Kind::Issue => &mut self.issues,
            Kind::PullRequest => &mut self.pull_requests,
            Kind::Commit => &mut self.commits,
        }
    }

    pub(super) fn has(&self, kind: Kind, id: &str) -> bool {
        self.shelf(kind).get(id).is_some()
    }

    /// GitHub counts pull requests among the open issues.
    pub(super) fn open(&self) -> usize {
        self.issues.living().chain(self.pull_requests.living()).filter(|thing| thing.value["state"] != "closed").count()
    }

    pub(super) fn change(
        &mut self,
        kind: Kind,
        order: &Order,
        item: &Map<String, Value>,
        made_up: impl Iterator<Item = u64>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Thing>, Wrong> {
        match (order.op, kind) {
            (Op::Create, _) => self.create(kind, order, item, made_up, now),
            (Op::Update, Kind::Commit) => Err(Wrong::Item("a commit is what it is")),
            (Op::Delete, Kind::PullRequest) => Err(Wrong::Item("a pull request stays")),
            (Op::Update, _) => {
                let item = turned(item, now);
                let changed = self.shelf_mut(kind).update(order.named()?, now, |value| merge(value, item));
                Ok(changed.into_iter().collect())
            }
            (Op::Delete, _) => Ok(self.shelf_mut(kind).remove(order.named()?, now).into_iter().collect()),
        }
    }

    fn create(
        &mut self,
        kind: Kind,
        order: &Order,
        item: &Map<String, Value>,
        mut made_up: impl Iterator<Item = u64>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Thing>, Wrong> {
        let first = self.numbered + 1;
        let kept = self.shelf_mut(kind);
        if !kept.has_room(order.count.into()) {
            return Err(Wrong::Full);
        }
        let mut next = || {
            let number = made_up.next().unwrap_or_default().to_string();
            if kind == Kind::Commit { sha(&number) } else { number }
        };
        let ids = order.new_ids(&mut next, |id| kept.knows(id))?;
        let is_id = |id: &String| match kind {
            Kind::Commit => id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            Kind::Issue | Kind::PullRequest => id.parse::<u64>().is_ok(),
        };
        if !ids.iter().all(is_id) {
            return Err(Wrong::Item("the id is a number, and a commit's forty digits"));
        }
        let mut things = Vec::new();
        for (number, id) in (first..).zip(ids) {
            let mut value = json!({ "number": number });
            merge(&mut value, turned(item, now));
            things.push(kept.create(id, value, now));
        }
        if kind != Kind::Commit {
            self.numbered += u64::from(order.count);
        }
        Ok(things)
    }
}

/// What follows from being closed, merged or opened again.
fn turned(item: &Map<String, Value>, now: DateTime<Utc>) -> Value {
    let mut turned = json!({});
    let is_merged = item.get("merged") == Some(&Value::Bool(true));
    match item.get("state").and_then(Value::as_str) {
        Some("closed") => turned = json!({"closed_at": timestamp(now), "state_reason": "completed"}),
        Some("open") => turned = json!({"closed_at": null, "state_reason": "reopened"}),
        _ if is_merged => {
            turned = json!({"state": "closed", "closed_at": timestamp(now), "merged_at": timestamp(now)});
        }
        _ => {}
    }
    let mut item = item.clone();
    item.remove("merged");
    merge(&mut turned, Value::Object(item));
    turned
}

/// Forty digits that follow from a text.
fn sha(text: &str) -> String {
    hex::encode(&kernel::sha256(text)[..20])
}

/// Where things lie. They are the work of the repository's owner, unless they say otherwise.
pub(super) struct Place<'a> {
    pub(super) app: &'a App,
    pub(super) owner: &'a Account,
    /// The repository's.
    pub(super) name: &'a str,
    pub(super) repository: Value,
}

impl Place<'_> {
    fn api(&self) -> String {
        format!("{}/github/api/v3/repos/{}/{}", self.app.url, self.owner, self.name)
    }

    fn web(&self) -> String {
        format!("{}/github/{}/{}", self.app.url, self.owner, self.name)
    }

    pub(super) fn shown(&self, kind: Kind, thing: &Thing) -> Value {
        match kind {
            Kind::Issue => self.issue(thing),
            Kind::PullRequest => self.pull_request(thing),
            Kind::Commit => self.commit(thing),
        }
    }

    /// What issues and pull requests have in common. Labels and people may have been named in a word.
    fn discussed(&self, thing: &Thing, what: &str, more: Value) -> Value {
        let number = thing.value["number"].as_u64().unwrap_or_default();
        let (api, web) = (self.api(), self.web());
        let (list, page) = if what == "Issue" { ("issues", "issues") } else { ("pulls", "pull") };
        let id: u64 = thing.id.parse().unwrap_or_default();
        let mut shown = json!({
            "id": id, "node_id": node_id(what, id), "number": number, "title": format!("A thing to do, number {number}"),
            "body": null, "state": "open", "locked": false, "user": simple_user(self.app, self.owner), "labels": [],
            "assignees": [], "milestone": null, "author_association": "OWNER", "closed_at": null,
            "url": format!("{api}/{list}/{number}"), "html_url": format!("{web}/{page}/{number}"),
            "created_at": timestamp(thing.created_at), "updated_at": timestamp(thing.changed_at),
        });
        merge(&mut shown, more);
        merge(&mut shown, thing.value.clone());
        let named = |value: &mut Value, whole: &dyn Fn(&str) -> Value| {
            for one in value.as_array_mut().into_iter().flatten() {
                if let Some(object) = one.as_str().map(whole) {
                    *one = object;
                }
            }
        };
        named(&mut shown["labels"], &|name| self.label(name));
        named(&mut shown["assignees"], &|name| self.person(name));
        if let Some(name) = shown["user"].as_str().map(ToOwned::to_owned) {
            shown["user"] = self.person(&name);
        }
        shown["assignee"] = shown["assignees"].get(0).cloned().unwrap_or_default();
        shown
    }

    fn label(&self, name: &str) -> Value {
        let [a, b, c, ..] = kernel::sha256(name);
        let id = 6_000_000_000 + u64::from(u32::from_be_bytes([0, a, b, c]));
        json!({"id": id, "node_id": node_id("Label", id), "url": format!("{}/labels/{name}", self.api()), "name": name,
               "color": hex::encode([a, b, c]), "default": false, "description": null})
    }

    fn person(&self, name: &str) -> Value {
        name.parse::<Account>().map(|account| simple_user(self.app, &account)).unwrap_or_default()
    }

    fn issue(&self, thing: &Thing) -> Value {
        let more = json!({
            "state_reason": null, "comments": 0, "repository_url": self.api(),
            "reactions": {"total_count": 0, "+1": 0, "-1": 0, "heart": 0},
        });
        self.discussed(thing, "Issue", more)
    }

    /// A pull request as the list of issues has it: under another id, and marked.
    pub(super) fn pull_request_as_issue(&self, thing: &Thing) -> Value {
        let mut twin = thing.clone();
        twin.id = (thing.id.parse().unwrap_or(0_u64) + 1).to_string();
        let mut shown = self.issue(&twin);
        let number = &thing.value["number"];
        let (url, page) = (format!("{}/pulls/{number}", self.api()), format!("{}/pull/{number}", self.web()));
        shown["html_url"] = json!(page);
        shown["pull_request"] = json!({"url": url, "html_url": page, "merged_at": thing.value["merged_at"]});
        shown
    }

    fn pull_request(&self, thing: &Thing) -> Value {
        let end = |name: &str, sha: String| {
            json!({"label": format!("{}:{name}", self.owner), "ref": name, "sha": sha,
                   "user": simple_user(self.app, self.owner), "repo": self.repository})
        };
        let more = json!({
            "draft": false, "requested_reviewers": [], "requested_teams": [], "auto_merge": null, "merged_at": null,
            "merge_commit_sha": sha(&format!("merge {}", thing.id)),
            "head": end("topic", sha(&thing.id)), "base": end("main", sha("base")),
        });
        self.discussed(thing, "PullRequest", more)
    }

    fn commit(&self, thing: &Thing) -> Value {
        let who = json!({"name": self.owner.full_name(), "email": format!("{}@sandbox.invalid", self.owner),
                         "date": timestamp(thing.created_at)});
        let message = thing.value.get("message").cloned().unwrap_or_else(|| json!("A commit"));
        json!({
            "sha": thing.id, "node_id": format!("C_{}", thing.id),
            "commit": {
                "message": message, "author": who, "committer": who, "comment_count": 0,
                "tree": {"sha": sha(&thing.id), "url": format!("{}/git/trees/{}", self.api(), sha(&thing.id))},
                "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null},
            },
            "url": format!("{}/commits/{}", self.api(), thing.id), "html_url": format!("{}/commit/{}", self.web(), thing.id),
            "author": simple_user(self.app, self.owner), "committer": simple_user(self.app, self.owner), "parents": [],
        })
    }
}
