//! Jira's webhooks, read. One file per family of events; to add an event, add an arm here and a fixture.

mod comments;
mod issues;
mod others;
mod parts;

use super::{arrival, whose};
use crate::{ReadError, Reading, Stale, Verified, Whose, document::Document};
use kernel::{NewSignal, SignalKind};

/// Where an entity's own address may stand, the most telling first.
const ADDRESSES: [&str; 7] = [
    "/issue/self",
    "/comment/self",
    "/version/self",
    "/sprint/self",
    "/project/self",
    "/user/self",
    "/comment/author/self",
];

pub(super) fn read(delivery: &Verified) -> Result<Reading, ReadError> {
    if delivery.body().is_empty() && delivery.headers().event == arrival::WITHOUT_BODY {
        // Something of some issue changed: the stream finds out what.
        return Ok(reading(Whose::Unnamed, Told::Fetch(None)));
    }
    let document = Document::parse(delivery)?;
    let whose = Whose::from(whose::place(ADDRESSES.iter().filter_map(|path| document.optional_text(path))));
    let event = document.word("/webhookEvent").ok_or_else(|| document.lacks("/webhookEvent"))?;
    let told = match event {
        "jira:issue_created" => issues::created(&document)?,
        "jira:issue_updated" => issues::updated(&document)?,
        "jira:issue_deleted" => issues::deleted(&document)?,
        "comment_created" => comments::read(&document, SignalKind::CommentCreated)?,
        "comment_updated" => comments::read(&document, SignalKind::CommentUpdated)?,
        "comment_deleted" => comments::read(&document, SignalKind::CommentDeleted)?,
        "sprint_created" => others::sprint(&document, SignalKind::SprintCreated)?,
        "sprint_updated" => others::sprint(&document, SignalKind::SprintUpdated)?,
        "sprint_started" => others::sprint(&document, SignalKind::SprintStarted)?,
        "sprint_closed" => others::sprint(&document, SignalKind::SprintClosed)?,
        "sprint_deleted" => others::sprint(&document, SignalKind::SprintDeleted)?,
        "jira:version_created" => others::version(&document, SignalKind::VersionCreated, None)?,
        "jira:version_updated" => others::version(&document, SignalKind::VersionUpdated, None)?,
        "jira:version_moved" => others::version(&document, SignalKind::VersionUpdated, Some("sequence"))?,
        "jira:version_merged" => others::version(&document, SignalKind::VersionUpdated, Some("merged"))?,
        "jira:version_released" => others::version(&document, SignalKind::VersionReleased, None)?,
        "jira:version_unreleased" => others::version(&document, SignalKind::VersionUnreleased, None)?,
        "jira:version_deleted" => others::version(&document, SignalKind::VersionDeleted, None)?,
        // An administrator's webhooks only; an app's own cannot ask for them.
        "project_created" => others::project(&document, SignalKind::ProjectCreated)?,
        "project_updated" => others::project(&document, SignalKind::ProjectUpdated)?,
        "project_deleted" => others::project(&document, SignalKind::ProjectDeleted)?,
        // What other apps keep beside an issue means nothing to people.
        "issue_property_set" | "issue_property_deleted" => Told::Nothing,
        _ => return Ok(Reading::unrecognised(whose)),
    };
    Ok(reading(whose, told))
}

/// What comes of an event.
enum Told {
    Signal(Box<NewSignal>),
    /// The delivery does not carry the issue: it has to be fetched; `None` where not even its id is said.
    Fetch(Option<String>),
    Nothing,
}

fn reading(whose: Whose, told: Told) -> Reading {
    let (signals, stale) = match told {
        Told::Signal(signal) => (vec![*signal], Vec::new()),
        Told::Fetch(id) => {
            // An issue's number is its site's own: the stream has to know which.
            let id = id.map(|id| match &whose {
                Whose::Site(site) | Whose::Organization(site) => format!("{site}/{id}"),
                _ => id,
            });
            (Vec::new(), vec![Stale { stream: "issues".to_owned(), ids: id.into_iter().collect() }])
        }
        Told::Nothing => (Vec::new(), Vec::new()),
    };
    Reading { whose, signals, lifecycle: Vec::new(), stale, recognised: true }
}
