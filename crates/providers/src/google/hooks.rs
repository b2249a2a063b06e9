//! Google's pushes, read. They say that something changed and never what: all of them lead to a stream.

use super::arrival::{CHANNEL, MAIL, RESOURCE_URI, STATE};
use crate::{ReadError, Reading, Stale, Verified, Whose};
use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::Deserialize;

/// Gmail's own page says base64url, and Pub/Sub's says base64; padding comes and goes.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn read(delivery: &Verified) -> Result<Reading, ReadError> {
    if delivery.headers().kept(CHANNEL).is_some() {
        return notification(delivery);
    }
    let event = &delivery.headers().event;
    if serde_json::from_slice::<Push>(delivery.body()).is_err() {
        return Err(ReadError { event: event.clone(), missing: "/message" });
    }
    Ok(match mail(delivery) {
        Some(Mail { mailbox }) if event == MAIL => fetch(Whose::Watched(mailbox), "gmail_messages"),
        _ => Reading::unrecognised(Whose::Unnamed),
    })
}

fn notification(delivery: &Verified) -> Result<Reading, ReadError> {
    let headers = delivery.headers();
    let lacks = |missing| ReadError { event: headers.event.clone(), missing };
    let whose = Whose::Watched(headers.kept(CHANNEL).ok_or_else(|| lacks("/x-goog-channel-id"))?.to_owned());
    let state = headers.kept(STATE).ok_or_else(|| lacks("/x-goog-resource-state"))?;
    let uri = headers.kept(RESOURCE_URI).unwrap_or_default();
    // The first one of a channel, which may be faster than the answer that opens it.
    if state == "sync" {
        return Ok(Reading { recognised: true, ..Reading::unrecognised(whose) });
    }
    // Drive's addresses repeat every parameter and may be too long to be kept; but its states are its own.
    let stream = match state {
        _ if uri.contains("/calendar/v3/") => "calendar_events",
        _ if uri.contains("/drive/v3/") => "drive_files",
        "exists" | "not_exists" if uri.is_empty() => "calendar_events",
        "change" | "add" | "update" | "remove" | "trash" | "untrash" if uri.is_empty() => "drive_files",
        _ => return Ok(Reading::unrecognised(whose)),
    };
    Ok(fetch(whose, stream))
}

fn fetch(whose: Whose, stream: &str) -> Reading {
    let stale = vec![Stale { stream: stream.to_owned(), ids: Vec::new() }];
    Reading { stale, recognised: true, ..Reading::unrecognised(whose) }
}

#[derive(Deserialize)]
struct Push {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    data: String,
}

/// What Gmail publishes. The history's number beside it is the mailbox's new state; the stream knows the last one it has seen.
#[derive(Deserialize)]
pub(super) struct Mail {
    #[serde(rename = "emailAddress")]
    pub(super) mailbox: String,
}

/// The mailbox, in lower case as its channel has it. `None`: it is no message of Gmail's.
pub(super) fn mail(delivery: &Verified) -> Option<Mail> {
    let push: Push = serde_json::from_slice(delivery.body()).ok()?;
    let data = push.message.data.replace('+', "-").replace('/', "_");
    let Mail { mailbox } = serde_json::from_slice(&TOLERANT.decode(data).ok()?).ok()?;
    let is_one = (3..=320).contains(&mailbox.len()) && mailbox.contains('@') && !mailbox.contains('\0');
    is_one.then(|| Mail { mailbox: mailbox.to_lowercase() })
}
