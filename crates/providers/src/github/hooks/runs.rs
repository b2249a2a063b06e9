//! `workflow_run`.

use super::parts::signal;
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

/// What came out is in the payload: `workflow_run.conclusion`.
pub(super) fn read(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    if action != "completed" {
        return Ok(None);
    }
    let subject = Subject {
        kind: "ci_run".to_owned(),
        external_id: document.id("/workflow_run/id")?,
        number: document.optional_id("/workflow_run/run_number"),
        // A run of a workflow without a name has none either.
        title: document.first_line("/workflow_run/name").or_else(|| document.first_line("/workflow_run/display_title")),
        url: document.optional_text("/workflow_run/html_url"),
    };
    let occurred_at = document.time(["/workflow_run/updated_at"])?;
    signal(document, SignalKind::CiRunCompleted, subject, occurred_at, Vec::new()).map(Some)
}
