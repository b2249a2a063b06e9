//! What a person does with their things, as a control request orders it.

use crate::account::Account;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    Create,
    Update,
    Delete,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Whose things; absent, of who is signed in at the vendor.
    pub(crate) account: Option<Account>,
    /// The vendor's own word, for example `calendar`.
    pub(crate) kind: String,
    pub(crate) op: Op,
    /// Which; a new one may be given one.
    pub(crate) id: Option<String>,
    /// What is written, in the vendor's own shape; what it does not say stays as it was.
    #[serde(default)]
    pub(crate) item: Map<String, Value>,
    /// How many are created.
    #[serde(default = "one")]
    pub(crate) count: u16,
    /// When it happened; absent, now by the vendor's clock.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Whether the watches are told; one that is not is a push that gets lost.
    #[serde(default = "yes")]
    pub(crate) notify: bool,
    /// Atlassian: which of the person's sites, counted from 0.
    #[serde(default)]
    pub(crate) site: u32,
    /// Jira: how long the search does not know of it yet.
    #[serde(default)]
    pub(crate) lag_seconds: u32,
}

fn one() -> u16 {
    1
}

fn yes() -> bool {
    true
}

/// Why an order is not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("there is no such kind here")]
    Kind,
    #[error("an update and a deletion need the id of a thing that is there")]
    Missing,
    #[error("the id has been given to another thing, or goes to several at once")]
    Taken,
    #[error("{0}")]
    Item(&'static str),
    #[error("there are too many things already")]
    Full,
}

/// What was done: the ids, and the first thing as the vendor's API shows it.
#[derive(Serialize)]
pub(crate) struct Done {
    pub(crate) ids: Vec<String>,
    pub(crate) item: Value,
}

impl Order {
    /// What the person behind a token does, now.
    pub(crate) fn of(account: &Account, kind: &str, op: Op, id: Option<&str>, item: Value) -> Self {
        let item = if let Value::Object(members) = item { members } else { Map::new() };
        let (account, id) = (Some(account.clone()), id.map(ToOwned::to_owned));
        Self { account, kind: kind.to_owned(), op, id, item, count: 1, at: None, notify: true, site: 0, lag_seconds: 0 }
    }

    /// The ids of new things: the one that was wished, or as many as are made up.
    pub(crate) fn new_ids(
        &self,
        mut made_up: impl FnMut() -> String,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, Wrong> {
        match &self.id {
            Some(id) if self.count != 1 || id.is_empty() || id.len() > 255 || is_known(id) => Err(Wrong::Taken),
            Some(id) => Ok(vec![id.clone()]),
            None => Ok((0..self.count).map(|_| made_up()).collect()),
        }
    }

    pub(crate) fn named(&self) -> Result<&str, Wrong> {
        self.id.as_deref().ok_or(Wrong::Missing)
    }

    pub(crate) fn item(&self) -> Value {
        Value::Object(self.item.clone())
    }
}

/// Writes the change over the value: objects member by member, everything else as a whole, `null` too.
pub(crate) fn merge(value: &mut Value, change: Value) {
    match (value, change) {
        (Value::Object(members), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(members.entry(name).or_insert(Value::Null), change);
            }
        }
        (value, change) => *value = change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What a change does not name stays, inside objects too; a list is one value.
    #[test]
    fn a_change_writes_what_it_names() {
        let mut value = json!({"a": {"b": 1, "c": 2}, "d": [1, 2], "e": 3});
        merge(&mut value, json!({"a": {"b": null}, "d": [3], "f": {"g": 1}}));
        assert_eq!(value, json!({"a": {"b": null, "c": 2}, "d": [3], "e": 3, "f": {"g": 1}}));
    }
}
