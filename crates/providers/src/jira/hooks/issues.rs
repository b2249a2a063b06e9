//! `jira:issue_…`.

use super::{
    Told,
    parts::{actor, page, project, sent_at},
};
use crate::{
    ReadError,
    document::{Document, Value},
};
use kernel::{NewSignal, SignalKind, Subject};

/// Fields that move when somebody drags a card within its column.
const NOISE: [&str; 1] = ["Rank"];

pub(super) fn created(document: &Document<'_>) -> Result<Told, ReadError> {
    match unfetched(document)? {
        Some(fetch) => Ok(fetch),
        None => issue(document, SignalKind::IssueCreated, Vec::new()),
    }
}

/// The changelog says what changed. An update without one is the twin of a comment's own event, and tells nothing.
pub(super) fn updated(document: &Document<'_>) -> Result<Told, ReadError> {
    if let Some(fetch) = unfetched(document)? {
        return Ok(fetch);
    }
    let items: Vec<Item<'_>> = document
        .find("/changelog/items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Item::read)
        .collect();
    if items.is_empty() {
        return Ok(Told::Nothing);
    }
    let moved = |name: &str| items.iter().find(|item| item.name == name);
    let is_done = document.word("/issue/fields/status/statusCategory/key") == Some("done");
    let resolved = moved("resolution").map_or((false, false), |item| (item.had, item.has));
    let kind = if moved("status").is_some() {
        if is_done || resolved == (false, true) {
            SignalKind::IssueClosed
        } else if resolved == (true, false) {
            // The changelog names the status before and not its category: that it was resolved is all there is to tell.
            SignalKind::IssueReopened
        } else {
            SignalKind::IssueTransitioned
        }
    } else if moved("assignee").is_some_and(|item| item.has) {
        SignalKind::IssueAssigned
    } else {
        SignalKind::IssueUpdated
    };
    let mut changes: Vec<String> = items.iter().map(|item| item.name.to_owned()).collect();
    changes.sort();
    changes.dedup();
    issue(document, kind, changes)
}

pub(super) fn deleted(document: &Document<'_>) -> Result<Told, ReadError> {
    issue(document, SignalKind::IssueDeleted, Vec::new())
}

/// The issue is named and not there.
fn unfetched(document: &Document<'_>) -> Result<Option<Told>, ReadError> {
    if document.has("/issue/fields") {
        return Ok(None);
    }
    Ok(Some(Told::Fetch(Some(document.id("/issue/id")?))))
}

fn issue(document: &Document<'_>, kind: SignalKind, changes: Vec<String>) -> Result<Told, ReadError> {
    let subject = Subject {
        kind: "issue".to_owned(),
        external_id: document.id("/issue/id")?,
        number: document.optional_text("/issue/key"),
        title: document.optional_text("/issue/fields/summary"),
        // What is deleted has no page.
        url: if kind == SignalKind::IssueDeleted { None } else { page(document, "/issue/key") },
    };
    Ok(Told::Signal(Box::new(NewSignal {
        kind,
        subject,
        actor: actor(document, "/user"),
        container: project(document),
        occurred_at: sent_at(document)?,
        changes,
    })))
}

/// One change of one field.
struct Item<'a> {
    /// By its id, as the API names it; older payloads have only the name that people see.
    name: &'a str,
    had: bool,
    has: bool,
}

impl<'a> Item<'a> {
    /// `None`: it says no field, or one that means nothing.
    fn read(item: &'a Value<'_>) -> Option<Self> {
        let text = |name: &str| item.as_object()?.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let names = [text("fieldId"), text("field")];
        let is_noise = names.iter().flatten().any(|name| NOISE.contains(name));
        let name = names.into_iter().flatten().next().filter(|name| name.len() <= 200 && !name.contains('\0'))?;
        let says = |value, shown| text(value).is_some() || text(shown).is_some();
        let item = Self { name, had: says("from", "fromString"), has: says("to", "toString") };
        (!is_noise).then_some(item)
    }
}
