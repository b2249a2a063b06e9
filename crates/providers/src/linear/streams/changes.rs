//! What has changed between two states of an entry, under the names that webhooks have for it; and what signals share.

use crate::told::{text, time};
use chrono::TimeDelta;
use kernel::{Actor, Container};
use serde_json::Value;

/// Where something stands in a record, and what a webhook calls it.
pub(super) type Named = (&'static str, &'static str);

/// The names of what is another one than before, sorted.
pub(super) fn changes(before: &Value, now: &Value, names: &[Named]) -> Vec<String> {
    let moved = names.iter().filter(|(path, _)| essence(before, path) != essence(now, path));
    let mut moved: Vec<String> = moved.map(|(_, name)| (*name).to_owned()).collect();
    moved.sort();
    moved
}

/// Of a list it is the same whatever its order.
fn essence(record: &Value, path: &str) -> Value {
    match record.pointer(path) {
        None => Value::Null,
        Some(Value::Array(items)) => {
            let mut ids: Vec<String> = items.iter().filter_map(|item| text(item, "/id")).collect();
            ids.sort();
            ids.into()
        }
        Some(value) => value.clone(),
    }
}

/// What is updated sooner than this is what creating it did.
const SETTLED: TimeDelta = TimeDelta::seconds(5);

/// Its page, as long as the page's address is surely the one it had when a webhook told of it: titles are part of addresses, and
/// what was told under another address would be told once more.
pub(super) fn page(before: Option<&Value>, now: &Value) -> Option<String> {
    let url = text(now, "/url")?;
    let is_settled = if let Some(before) = before {
        text(before, "/url").as_ref() == Some(&url)
    } else {
        let times = time(now, "/createdAt").zip(time(now, "/updatedAt"));
        times.is_some_and(|(created, updated)| updated - created < SETTLED)
    };
    is_settled.then_some(url)
}

/// Whoever wrote it, where that is a person of the workspace.
pub(super) fn person(record: &Value, path: &str) -> Option<Actor> {
    let person = record.pointer(path)?;
    Some(Actor { external_id: text(person, "/id")?, name: text(person, "/name"), is_bot: false })
}

pub(super) fn container(kind: &str, record: &Value, path: &str) -> Option<Container> {
    let of = record.pointer(path)?;
    let kind = kind.to_owned();
    Some(Container { kind, external_id: text(of, "/id")?, name: text(of, "/name"), url: None })
}

/// Everything is in a workspace.
pub(super) fn workspace(record: &Value) -> Option<Container> {
    container("organization", record, "/organization")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Another state is a change, another name of it is none; labels in another order are the same labels.
    #[test]
    fn a_change_is_another_one() {
        let names = [("/state/id", "stateId"), ("/labels/nodes", "labelIds"), ("/title", "title")];
        let issue = |state: &str, name: &str, labels: [&str; 2]| {
            let labels: Vec<Value> = labels.iter().map(|id| json!({"id": id, "name": name})).collect();
            json!({"title": "x", "state": {"id": state, "name": name}, "labels": {"nodes": labels}})
        };
        let before = issue("s1", "To do", ["a", "b"]);
        assert!(changes(&before, &issue("s1", "Todo", ["b", "a"]), &names).is_empty());
        assert_eq!(changes(&before, &issue("s2", "To do", ["a", "c"]), &names), ["labelIds", "stateId"]);
        assert_eq!(changes(&before, &json!(null), &names), ["labelIds", "stateId", "title"]);
    }

    /// An address that may have moved since is none.
    #[test]
    fn an_address_that_may_have_moved_is_left_out() {
        let (new, later) = ("2026-01-02T03:04:07.000Z", "2026-01-02T03:05:00.000Z");
        let record = |url: &str, updated: &str| json!({"url": url, "createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": updated});
        assert_eq!(page(None, &record("u", new)).as_deref(), Some("u"));
        assert_eq!(page(None, &record("u", later)), None);
        assert_eq!(page(Some(&record("u", new)), &record("u", later)).as_deref(), Some("u"));
        assert_eq!(page(Some(&record("t", new)), &record("u", later)), None);
        assert_eq!(page(None, &json!({"createdAt": new, "updatedAt": new})), None);
    }
}
