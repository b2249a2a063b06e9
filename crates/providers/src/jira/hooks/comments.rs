//! `comment_…`. The issue is there in short.

use super::{
    Told,
    parts::{actor, page, project, sent_at, time},
};
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

pub(super) fn read(document: &Document<'_>, kind: SignalKind) -> Result<Told, ReadError> {
    let id = match document.optional_id("/comment/id") {
        Some(id) => id,
        // Without the comment there is nothing to tell; with the issue there is something to look at.
        None if document.has("/issue/id") => return Ok(Told::Fetch(Some(document.id("/issue/id")?))),
        None => return Err(document.lacks("/comment/id")),
    };
    let title = document.optional_text("/issue/fields/summary").or_else(|| document.first_line("/comment/body"));
    let url = page(document, "/issue/key").filter(|_| kind != SignalKind::CommentDeleted);
    let subject = Subject {
        kind: "comment".to_owned(),
        number: document.optional_text("/issue/key"),
        title,
        url: url.map(|page| format!("{page}?focusedCommentId={id}")),
        external_id: id,
    };
    let author = || actor(document, "/comment/author");
    let (who, when) = match kind {
        SignalKind::CommentCreated => (author(), time(document, "/comment/created")),
        SignalKind::CommentUpdated => {
            (actor(document, "/comment/updateAuthor").or_else(author), time(document, "/comment/updated"))
        }
        // Who wrote it need not be who takes it away; its own times are from before.
        _ => (actor(document, "/user").or_else(author), None),
    };
    let occurred_at = match when {
        Some(when) => when,
        None => sent_at(document)?,
    };
    let changes = if kind == SignalKind::CommentUpdated { vec!["body".to_owned()] } else { Vec::new() };
    Ok(Told::Signal(Box::new(NewSignal {
        kind,
        subject,
        actor: who,
        container: project(document),
        occurred_at,
        changes,
    })))
}
