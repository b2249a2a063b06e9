//! Events, files and mail in words shared by all vendors.

use super::gmail::{header, received_at};
use crate::{
    Shape,
    shapes::{CalendarEvent, File, Mail, Named},
    told::{all_named, count, name, named, switch, text, time, words},
};
use serde_json::Value;

const FOLDER: &str = "application/vnd.google-apps.folder";
/// An address names a person; the id of a profile is there for few of them.
const GUEST: [&str; 2] = ["/email", "/id"];

/// What people keep to themselves has no name.
pub(super) fn event(event: &Value) -> Option<Shape> {
    text(event, "/id")?;
    let text = |path: &str| text(event, path);
    Some(Shape::CalendarEvent(CalendarEvent {
        title: text("/summary").unwrap_or_default(),
        text: text("/description"),
        place: text("/location"),
        status: text("/status"),
        organizer: event.get("organizer").and_then(guest),
        attendees: all_named(event, "/attendees", &GUEST, "/displayName"),
        start_at: time(event, "/start/dateTime"),
        end_at: time(event, "/end/dateTime"),
        start_date: text("/start/date"),
        end_date: text("/end/date"),
        recurrence: owned(words(event, "/recurrence")),
        url: text("/htmlLink"),
        created_at: time(event, "/created"),
        updated_at: time(event, "/updated"),
    }))
}

fn guest(person: &Value) -> Option<Named> {
    named(person, &GUEST, "/displayName")
}

fn owned(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(ToOwned::to_owned).collect()
}

pub(super) fn file(file: &Value) -> Option<Shape> {
    let media_type = text(file, "/mimeType");
    Some(Shape::File(File {
        name: name(file, "/name")?,
        is_folder: media_type.as_deref().map(|media_type| media_type == FOLDER),
        media_type,
        size: count(file, "/size"),
        is_trashed: switch(file, "/trashed"),
        owners: all_named(file, "/owners", &["/emailAddress", "/permissionId"], "/displayName"),
        parents: owned(words(file, "/parents")),
        url: text(file, "/webViewLink"),
        created_at: time(file, "/createdTime"),
        updated_at: time(file, "/modifiedTime"),
    }))
}

/// A message without labels has no list of them.
pub(super) fn mail(message: &Value) -> Option<Shape> {
    text(message, "/id")?;
    let labels = owned(words(message, "/labelIds"));
    Some(Shape::Mail(Mail {
        subject: header(message, "Subject"),
        from: header(message, "From"),
        to: header(message, "To"),
        snippet: text(message, "/snippet"),
        thread: text(message, "/threadId"),
        is_unread: Some(labels.iter().any(|label| label == "UNREAD")),
        labels,
        received_at: received_at(message),
    }))
}
