//! `discussion`. What is said in one comes as comments.

use super::parts::signal;
use crate::{ReadError, document::Document};
use kernel::{NewSignal, SignalKind, Subject};

pub(super) fn read(document: &Document<'_>, action: &str) -> Result<Option<NewSignal>, ReadError> {
    if action != "created" {
        return Ok(None);
    }
    let subject = Subject {
        kind: "discussion".to_owned(),
        external_id: document.id("/discussion/node_id")?,
        number: document.optional_id("/discussion/number"),
        title: Some(document.text("/discussion/title")?),
        url: document.optional_text("/discussion/html_url"),
    };
    let occurred_at = document.time(["/discussion/created_at"])?;
    signal(document, SignalKind::DiscussionCreated, subject, occurred_at, Vec::new()).map(Some)
}
