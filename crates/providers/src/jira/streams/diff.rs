//! What has changed between two states of an entity, as people see it.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The members of two objects that are not the same, sorted, but for those that mean nothing.
pub(super) fn changes(before: Option<&Value>, now: Option<&Value>, noise: &[&str]) -> Vec<String> {
    let none = Map::new();
    let members = |of: Option<&'_ Value>| of.and_then(Value::as_object).unwrap_or(&none).clone();
    let (before, now) = (members(before), members(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let differs = |name: &str| essence(before.get(name)) != essence(now.get(name));
    names.into_iter().filter(|name| !noise.contains(&name.as_str()) && differs(name)).cloned().collect()
}

/// Whether one member is another one than before.
pub(super) fn moved(before: &Value, now: &Value, path: &str) -> bool {
    essence(before.pointer(path)) != essence(now.pointer(path))
}

/// Which one it is, rather than what it looks like: a person with another picture is the same person.
fn essence(value: Option<&Value>) -> Value {
    match value {
        None => Value::Null,
        Some(Value::Array(items)) => items.iter().map(|item| essence(Some(item))).collect(),
        Some(Value::Object(members)) => {
            let id = ["accountId", "id", "key", "name"].iter().find_map(|name| members.get(*name));
            id.cloned().unwrap_or_else(|| Value::Object(members.clone()))
        }
        Some(other) => other.clone(),
    }
}
