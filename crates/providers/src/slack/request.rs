//! The three shapes in which Slack comes to the one address of an app: an event as JSON, an interaction as JSON within a form,
//! a slash command as a form.

use crate::{ReadError, Verified, document::Document};
use chrono::{DateTime, Utc};

pub(super) const TIME: &str = "x-slack-request-timestamp";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Event,
    Interaction,
    Command,
}

pub(super) struct Request<'a> {
    pub shape: Shape,
    pub document: Document<'a>,
}

impl<'a> Request<'a> {
    pub fn of(delivery: &'a Verified) -> Result<Self, ReadError> {
        if !delivery.is_form() {
            return Ok(Self { shape: Shape::Event, document: Document::parse(delivery)? });
        }
        if delivery.fields().contains_key("payload") {
            return Ok(Self { shape: Shape::Interaction, document: Document::parse(delivery)? });
        }
        Ok(Self { shape: Shape::Command, document: Document::of_form(delivery) })
    }

    /// The workspace, or the organization where that has installed the app: what a connection has as its `org_id`. `team_id`
    /// alone may be another company's, in a channel that two share, so it is the last to be asked.
    pub fn place(&self) -> Option<String> {
        let found = |path: &str| self.document.optional_id(path);
        match self.shape {
            Shape::Event if self.is_of_organization("/authorizations/0") => found("/authorizations/0/enterprise_id"),
            Shape::Event | Shape::Command if self.is_of_organization("") => found("/enterprise_id"),
            Shape::Event => {
                found("/authorizations/0/team_id").or_else(|| found("/context_team_id")).or_else(|| found("/team_id"))
            }
            Shape::Interaction if self.is_of_organization("") => found("/enterprise/id"),
            // There is no team where an organization installed the app.
            Shape::Interaction => found("/team/id").or_else(|| found("/enterprise/id")),
            Shape::Command => found("/team_id"),
        }
    }

    /// A form can only write the word.
    fn is_of_organization(&self, holder: &str) -> bool {
        let path = format!("{holder}/is_enterprise_install");
        self.document.is_true(&path) || self.document.word(&path) == Some("true")
    }
}

/// When Slack sent it, which the signature covers: for what carries no time of its own.
pub(super) fn sent_at(delivery: &Verified) -> Result<DateTime<Utc>, ReadError> {
    let seconds = delivery.headers().kept(TIME).and_then(|text| text.parse().ok());
    let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.ok_or_else(|| ReadError { event: delivery.headers().event.clone(), missing: "/x-slack-request-timestamp" })
}
