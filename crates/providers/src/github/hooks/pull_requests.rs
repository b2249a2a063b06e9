//! `pull_request` and `pull_request_review`.

use super::parts::{changes, signal};
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

pub(super) fn read(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    // As for issues.
    let state = || vec!["state".to_owned()];
    let (kind, occurred_at, changes) = match action {
        "opened" => (SignalKind::PullRequestOpened, document.time(["/pull_request/created_at"])?, Vec::new()),
        "closed" if document.is_true("/pull_request/merged") || document.has("/pull_request/merged_at") => (
            SignalKind::PullRequestMerged,
            document.time(["/pull_request/merged_at", "/pull_request/closed_at", "/pull_request/updated_at"])?,
            state(),
        ),
        "closed" => (
            SignalKind::PullRequestClosed,
            document.time(["/pull_request/closed_at", "/pull_request/updated_at"])?,
            state(),
        ),
        "reopened" => (SignalKind::PullRequestReopened, document.time(["/pull_request/updated_at"])?, state()),
        other => match changes(document, other) {
            Some(changes) => (SignalKind::PullRequestUpdated, document.time(["/pull_request/updated_at"])?, changes),
            None => return Ok(None),
        },
    };
    let subject = pull_request(document, document.optional_text("/pull_request/html_url"))?;
    signal(document, kind, subject, occurred_at, changes).map(Some)
}

/// A submitted review is about its pull request; the URL leads to the review.
pub(super) fn read_review(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    if action != "submitted" {
        return Ok(None);
    }
    let subject = pull_request(document, document.optional_text("/review/html_url"))?;
    let occurred_at = document.time(["/review/submitted_at"])?;
    signal(document, SignalKind::PullRequestReviewed, subject, occurred_at, Vec::new()).map(Some)
}

fn pull_request(document: &Document<'_>, url: Option<String>) -> Result<Subject, ReadError> {
    Ok(Subject {
        kind: "pull_request".to_owned(),
        external_id: document.id("/pull_request/node_id")?,
        number: document.optional_id("/pull_request/number"),
        title: Some(document.text("/pull_request/title")?),
        url,
    })
}
