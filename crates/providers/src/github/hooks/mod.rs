//! GitHub's webhooks, read. One file per family of events; to add an event, add an arm here and a fixture.
//!
//! The name of the event is in a header that is not signed. A wrong one can only make the body unreadable or read as
//! another event of the same, signed, body.

mod comments;
mod discussions;
mod installation;
mod issues;
mod parts;
mod pull_requests;
mod refs;
mod repository;
mod runs;

use crate::{ReadError, Reading, Verified, Whose, document::Document};

pub(super) fn read(delivery: &Verified) -> Result<Reading, ReadError> {
    let document = Document::parse(delivery)?;
    let whose = whose(&document);
    let action = document.word("/action").unwrap_or_default();
    let signal = match delivery.headers().event.as_str() {
        "issues" => issues::read(&document, action)?,
        "pull_request" => pull_requests::read(&document, action)?,
        "pull_request_review" => pull_requests::read_review(&document, action)?,
        "issue_comment" => comments::read(&document, action, &comments::ON_ISSUE)?,
        "pull_request_review_comment" => comments::read(&document, action, &comments::ON_DIFF)?,
        "commit_comment" => comments::read(&document, action, &comments::ON_COMMIT)?,
        "discussion_comment" => comments::read(&document, action, &comments::ON_DISCUSSION)?,
        "discussion" => discussions::read(&document, action)?,
        "push" => Some(refs::read_push(&document)?),
        "create" | "delete" if document.word("/ref_type") == Some("branch") => {
            Some(refs::read_branch(&document, delivery.headers().event == "create")?)
        }
        // Each tag is told by a push of its own.
        "create" | "delete" if document.word("/ref_type") == Some("tag") => return Ok(nothing(whose)),
        "release" => repository::read_release(&document, action)?,
        "repository" => repository::read(&document, action)?,
        "star" => repository::read_star(&document, action)?,
        "workflow_run" => runs::read(&document, action)?,
        "installation" => return installation::read(&document, action),
        "github_app_authorization" => return installation::read_authorization(&document, action),
        // Minted tokens reach what they reach, whatever the list says; and accounts are known by their ids, not by their names.
        "installation_repositories" if matches!(action, "added" | "removed") => return Ok(nothing(whose)),
        "installation_target" if action == "renamed" => return Ok(nothing(whose)),
        // Somebody deleted our hook: whoever looks after hooks finds it missing and registers another one.
        "meta" if action == "deleted" => return Ok(nothing(whose)),
        // GitHub says hello to a new hook. There is nothing to do.
        "ping" => return Ok(nothing(whose)),
        _ => None,
    };
    Ok(match signal {
        Some(signal) => {
            Reading { whose, signals: vec![signal], lifecycle: Vec::new(), stale: Vec::new(), recognised: true }
        }
        None => Reading::unrecognised(whose),
    })
}

/// Known, and of no consequence.
fn nothing(whose: Whose) -> Reading {
    Reading { recognised: true, ..Reading::unrecognised(whose) }
}

/// Apps are told the installation; hooks of a single repository or organisation are not.
fn whose(document: &Document<'_>) -> Whose {
    document.optional_id("/installation/id").map_or(Whose::Unnamed, Whose::Installation)
}
