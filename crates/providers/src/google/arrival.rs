//! What a push says about itself. There are two kinds: notifications of a channel, which are headers without a body, and
//! Gmail's, which a Pub/Sub subscription wraps into a message.

use super::hooks::{Mail, mail};
use crate::{Arrival, Channel, Oidc, Proof, Refused, Reply, Verified, Webhook, webhook::peek};
use serde::Deserialize;

pub(super) const CHANNEL: &str = "x-goog-channel-id";
pub(super) const RESOURCE: &str = "x-goog-resource-id";
pub(super) const RESOURCE_URI: &str = "x-goog-resource-uri";
pub(super) const STATE: &str = "x-goog-resource-state";
const NUMBER: &str = "x-goog-message-number";
/// The event of a message from Pub/Sub.
pub(super) const MAIL: &str = "gmail";

pub(super) fn webhook() -> Webhook {
    // Not the token: whoever has it speaks for the channel.
    let kept = [CHANNEL, RESOURCE, RESOURCE_URI, STATE, NUMBER, "x-goog-changed", "x-goog-channel-expiration"];
    Webhook {
        proofs: vec![
            Proof::Channel(Channel::Headers {
                id: CHANNEL.to_owned(),
                token: "x-goog-channel-token".to_owned(),
                resource: RESOURCE.to_owned(),
            }),
            Proof::Oidc(Oidc {
                issuers: vec!["https://accounts.google.com".to_owned(), "accounts.google.com".to_owned()],
                jwks_url: "https://www.googleapis.com/oauth2/v3/certs".to_owned(),
            }),
        ],
        // A mailbox's name and a number, in a wrapping of a few hundred bytes.
        max_bytes: 64 * 1024,
        kept_headers: kept.map(str::to_owned).into(),
        refusal_headers: Vec::new(),
    }
}

/// What a Pub/Sub service pushes. A subscription that is set to unwrap its messages sends what is in them and no id: it has to
/// be set up anew, and a refusal is what its operator sees. The id stands under two names, most often under both.
#[derive(Deserialize)]
struct Message {
    #[serde(rename = "messageId")]
    id: Option<String>,
    message_id: Option<String>,
}

/// Which of the proofs held shows in the same header that chose it.
pub(super) fn read(request: &Verified) -> Result<Arrival, Refused> {
    match request.headers().kept(CHANNEL) {
        Some(channel) => notification(request, channel),
        None => message(request),
    }
}

fn notification(request: &Verified, channel: &str) -> Result<Arrival, Refused> {
    let header = |name: &str| request.headers().kept(name).ok_or(Refused::MissingHeaders);
    let (event, number) = (header(STATE)?, header(NUMBER)?);
    Ok(Arrival {
        event: event.to_owned(),
        // Numbers grow, with gaps, and are counted by channel.
        delivery_id: format!("{channel}:{number}"),
        // Nothing is signed. But there is no body either: by its hash every notification would be the one before, and the
        // channel's token, which proves all of the request, stands right beside the number.
        is_id_signed: true,
        lane: channel.to_owned(),
        reply: Reply::Accepted,
    })
}

fn message(request: &Verified) -> Result<Arrival, Refused> {
    let message: Option<Message> = peek(request.body(), "message").map_err(|_| Refused::NotJson)?;
    let id = message.and_then(|message| message.id.or(message.message_id)).filter(|id| (1..=200).contains(&id.len()));
    Ok(Arrival {
        event: MAIL.to_owned(),
        delivery_id: id.ok_or(Refused::NotJson)?,
        is_id_signed: false,
        // What somebody else publishes to the topic is taken as well, or it would come again for a week.
        lane: mail(request).map(|Mail { mailbox }| mailbox).unwrap_or_default(),
        reply: Reply::Accepted,
    })
}
