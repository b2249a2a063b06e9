//! What the streams have in common: the repository that a record is of, and what its signal is made of.

use crate::{
    Call, CallError, Record, RecordState,
    call::join,
    github::registrar,
    told::{entries, is_true, text, title},
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use kernel::{Actor, Container, Subject};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use url::Url;

/// What is found that much later than it was made has come with a repository that nobody had looked at, and is no news. As long
/// as it is remembered what webhooks have told.
const NEWS: TimeDelta = TimeDelta::days(7);

/// A repository, as far as its own lists need it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Repository {
    pub id: u64,
    /// `owner/name`.
    pub name: String,
    url: Option<String>,
    /// The default branch.
    pub branch: Option<String>,
    /// When something of what is read may have come last, in seconds since the epoch, where the list of repositories says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<i64>,
}

pub(super) fn id(entry: &Value) -> Option<u64> {
    entry.get("id").and_then(Value::as_u64)
}

impl Repository {
    /// Out of an entry of a list.
    pub(super) fn read(entry: &Value) -> Option<Self> {
        let name = text(entry, "/full_name").filter(|name| registrar::parts(name).is_ok())?;
        let (url, branch) = (text(entry, "/html_url"), text(entry, "/default_branch"));
        Some(Self { id: id(entry)?, name, url, branch, moved_at: None })
    }

    /// One of its lists.
    pub(super) fn list(&self, call: Call<'_>, what: &str) -> Result<Url, CallError> {
        let (owner, name) = registrar::parts(&self.name)?;
        join(&call.configured.endpoints.api, &["repos", owner, name, what])
    }

    /// GitHub's JSON, with the repository that it is of.
    pub(super) fn record(
        &self,
        external_id: String,
        mut json: Value,
        changed_at: Option<DateTime<Utc>>,
    ) -> Result<Record, CallError> {
        let members = json.as_object_mut().ok_or(CallError::Unreadable)?;
        let own = json!({ "id": self.id, "full_name": self.name, "html_url": self.url });
        members.insert("repository".to_owned(), own);
        Ok(Record { external_id, changed_at, state: RecordState::There(json) })
    }
}

/// As GitHub takes it.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether what was made then is still worth telling.
pub(super) fn is_news(made_at: Option<DateTime<Utc>>, at: DateTime<Utc>) -> bool {
    made_at.is_none_or(|made_at| at - made_at <= NEWS)
}

/// An issue or a pull request, as webhooks name it.
pub(super) fn subject(kind: &str, record: &Value) -> Option<Subject> {
    Some(Subject {
        kind: kind.to_owned(),
        external_id: text(record, "/node_id")?,
        number: text(record, "/number"),
        title: title(record, "/title"),
        url: text(record, "/html_url"),
    })
}

/// The repository of a record.
pub(super) fn container(record: &Value) -> Option<Container> {
    repository(record.get("repository")?)
}

pub(super) fn repository(repository: &Value) -> Option<Container> {
    Some(Container {
        kind: "repository".to_owned(),
        external_id: text(repository, "/id")?,
        name: text(repository, "/full_name"),
        url: text(repository, "/html_url"),
    })
}

/// Who made it. Nobody says who changed what is found to have changed.
pub(super) fn author(record: &Value) -> Option<Actor> {
    Some(Actor {
        external_id: text(record, "/user/id")?,
        name: text(record, "/user/login"),
        is_bot: text(record, "/user/type").as_deref() == Some("Bot"),
    })
}

/// What people change, by the name that webhooks have for it, and where it stands in a record.
pub(super) type Fact = (&'static str, &'static [&'static str]);

/// The names of the facts that are not what they were, in the order they are given in.
pub(super) fn changed(before: &Value, now: &Value, facts: &[Fact]) -> Vec<String> {
    let moved = |path: &&str| essence(before.pointer(path)) != essence(now.pointer(path));
    let changed = facts.iter().filter(|(_, paths)| paths.iter().any(&moved));
    changed.map(|(name, _)| (*name).to_owned()).collect()
}

/// Whether a list has something in it that it did not have.
pub(super) fn has_gained(before: &Value, now: &Value, path: &str) -> bool {
    let ids =
        |record| -> BTreeSet<String> { entries(record, path).iter().filter_map(|one| text(one, "/id")).collect() };
    !ids(now).is_subset(&ids(before))
}

/// Which one it is, rather than what it looks like: a label in another colour is the same label. Lists have no order.
fn essence(value: Option<&Value>) -> BTreeSet<String> {
    match value {
        None | Some(Value::Null) => BTreeSet::new(),
        Some(Value::Array(items)) => items.iter().flat_map(|item| essence(Some(item))).collect(),
        Some(Value::Object(members)) => {
            BTreeSet::from([members.get("id").map_or_else(|| Value::from(members.clone()), Value::clone).to_string()])
        }
        Some(scalar) => BTreeSet::from([scalar.to_string()]),
    }
}

/// Whether it is open and was not, or the other way round. `Some(true)`: it was closed.
pub(super) fn turned(before: &Value, now: &Value) -> Option<bool> {
    let is_closed = |record: &Value| text(record, "/state").map(|state| state == "closed");
    let (was, is) = (is_closed(before)?, is_closed(now)?);
    (was != is).then_some(is)
}

/// A member that is true, or says that it is not. `None`: it says neither.
pub(super) fn flag(record: &Value, path: &str) -> Option<bool> {
    record.pointer(path).filter(|value| value.is_boolean()).map(|_| is_true(record, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of labels and their colours are no change; one more, one less and another one are.
    #[test]
    fn facts_are_compared_by_what_they_are() {
        let facts: &[Fact] = &[("labels", &["/labels"]), ("milestone", &["/milestone"]), ("title", &["/title"])];
        let label = |id: u64, color: &str| json!({ "id": id, "color": color });
        let before = json!({"labels": [label(1, "red"), label(2, "red")], "milestone": null, "title": "a"});
        let same = json!({"labels": [label(2, "red"), label(1, "blue")], "title": "a"});
        assert!(changed(&before, &same, facts).is_empty());
        let now = json!({"labels": [label(1, "red")], "milestone": {"id": 1, "open_issues": 3}, "title": "b"});
        assert_eq!(changed(&before, &now, facts), ["labels", "milestone", "title"]);
        assert!(!has_gained(&before, &now, "/labels") && has_gained(&now, &before, "/labels"));
        let later = json!({"labels": [label(1, "red")], "milestone": {"id": 1, "open_issues": 4}, "title": "b"});
        assert!(changed(&now, &later, facts).is_empty());
    }

    /// A list of repositories cannot steer a token to another path.
    #[test]
    fn a_repository_is_read_if_it_has_a_name_and_a_number() {
        let read = |id: Value, name: &str| Repository::read(&json!({ "id": id, "full_name": name })).is_some();
        assert!(read(json!(1), "octo/garden"));
        assert!(!read(json!("1"), "octo/garden") && !read(json!(1), "octo/../user") && !read(json!(1), "octo"));
    }
}
