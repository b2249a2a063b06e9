//! What is told of somebody in the workspace.

use super::{lists::seconds, place};
use crate::{
    Change, Record,
    told::{changes, is_true, text},
};
use chrono::{DateTime, Utc};
use kernel::{Actor, Container, NewSignal, SignalKind, Subject};
use serde_json::Value;

/// Pictures, what calendars and calls write into a profile all day long, and the workspace that was asked.
pub(super) const VOLATILE: [&str; 23] = [
    "/updated",
    "/presence",
    "/team_id",
    "/color",
    "/profile/team",
    "/profile/avatar_hash",
    "/profile/image_original",
    "/profile/image_24",
    "/profile/image_32",
    "/profile/image_48",
    "/profile/image_72",
    "/profile/image_192",
    "/profile/image_512",
    "/profile/image_1024",
    "/profile/is_custom_image",
    "/profile/status_text",
    "/profile/status_text_canonical",
    "/profile/status_emoji",
    "/profile/status_emoji_display_info",
    "/profile/status_expiration",
    "/profile/huddle_state",
    "/profile/huddle_state_expiration_ts",
    "/profile/ooo_message",
];

pub(super) fn tell(record: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
    let (kind, user, changes) = match change {
        Change::Created { now } => (SignalKind::UserCreated, now, Vec::new()),
        Change::Updated { before, now } => match changed(before, now) {
            changes if changes.is_empty() => return None,
            changes => (SignalKind::UserUpdated, now, changes),
        },
        // Nobody is ever deleted: who is taken out stays listed, and says so. What is listed no more is out of sight.
        Change::Deleted { .. } => return None,
    };
    let name = ["/real_name", "/profile/real_name", "/name"].iter().find_map(|path| text(user, path));
    // Of somebody who joins it is known who acted.
    let actor = (kind == SignalKind::UserCreated).then(|| text(user, "/id")).flatten();
    let place = place(record);
    Some(NewSignal {
        kind,
        subject: Subject {
            kind: "user".to_owned(),
            external_id: record.external_id.clone(),
            number: None,
            title: name.clone(),
            url: None,
        },
        actor: actor.map(|external_id| Actor { external_id, name, is_bot: is_true(user, "/is_bot") }),
        container: Some(Container { kind: "organization".to_owned(), external_id: place, name: None, url: None }),
        occurred_at: user.get("updated").and_then(Value::as_i64).and_then(seconds).unwrap_or(at),
        changes,
    })
}

/// Those of the profile by their own names, for the profile is most of a person. What repeats another member is left out.
fn changed(before: &Value, now: &Value) -> Vec<String> {
    let noise: Vec<&str> = VOLATILE.iter().filter_map(|path| path.rsplit('/').next()).collect();
    let none = Value::Null;
    let profile = |user: &'_ Value| user.get("profile").unwrap_or(&none).clone();
    let mut names = changes(before, now, &[&noise[..], &["profile"]].concat());
    let repeated = ["real_name_normalized", "display_name_normalized", "first_name", "last_name"];
    names.extend(changes(&profile(before), &profile(now), &[&noise[..], &repeated].concat()));
    names.sort();
    names.dedup();
    names
}
