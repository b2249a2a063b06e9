//! What Jira's payloads have in common.

use crate::{
    ReadError,
    document::{Document, Value},
    jira::{
        moment,
        whose::{Place, place},
    },
};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container};

/// When Jira made the event, in milliseconds.
pub(super) fn sent_at(document: &Document<'_>) -> Result<DateTime<Utc>, ReadError> {
    let millis = document.find("/timestamp").and_then(Value::as_i64);
    millis.and_then(DateTime::from_timestamp_millis).ok_or_else(|| document.lacks("/timestamp"))
}

/// An instant within an entity.
pub(super) fn time(document: &Document<'_>, path: &str) -> Option<DateTime<Utc>> {
    moment::read(document.word(path)?)
}

/// A person, or an app. One sample of Atlassian's own misspells the id's name.
pub(super) fn actor(document: &Document<'_>, path: &str) -> Option<Actor> {
    let ids = ["accountId", "accoundId"].map(|name| format!("{path}/{name}"));
    Some(Actor {
        external_id: ids.iter().find_map(|path| document.optional_id(path))?,
        name: document.optional_text(&format!("{path}/displayName")),
        is_bot: document.word(&format!("{path}/accountType")) == Some("app"),
    })
}

/// The project that the issue is in.
pub(super) fn project(document: &Document<'_>) -> Option<Container> {
    Some(Container {
        kind: "project".to_owned(),
        external_id: document.optional_id("/issue/fields/project/id")?,
        name: document.optional_text("/issue/fields/project/name"),
        url: None,
    })
}

/// The page of the issue, or of the project, with this key, where an address says on which site it is.
pub(super) fn page(document: &Document<'_>, key: &str) -> Option<String> {
    let addresses = ["/issue/self", "/comment/self", "/project/self"];
    match place(addresses.iter().filter_map(|path| document.optional_text(path)))? {
        Place::Site(origin) => Some(format!("{origin}/browse/{}", document.optional_text(key)?)),
        // The gateway's address is no page, and does not say the site's.
        Place::Cloud(_) => None,
    }
}
