//! What a Jira delivery says about itself. Two kinds arrive: an administrator's webhook is signed with a secret of its own; one
//! that the app registered brings a JWT, which says that Jira speaks and nothing about the body.

use super::whose::{self, Place};
use crate::{
    Arrival, Digest, Encoding, Freshness, HmacScheme, KeyForm, Proof, Refused, Reply, SignatureForm, Signed, Verified,
    Webhook,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

/// The same on every attempt. A site counts for itself, so that two may use the same.
pub(super) const DELIVERY: &str = "x-atlassian-webhook-identifier";
/// What an administrator's webhook is that is set to send no body.
pub(super) const WITHOUT_BODY: &str = "without_body";
/// Jira tries for 75 minutes, with the body of the first attempt. A JWT that was overheard is good for no longer than this,
/// with whatever body.
const FRESH: TimeDelta = TimeDelta::hours(24);

pub(super) fn webhook() -> Webhook {
    Webhook {
        proofs: vec![
            Proof::Hmac(HmacScheme {
                // WebSub's header: unlike elsewhere its name does not end in the digest's.
                header: "x-hub-signature".to_owned(),
                digest: Digest::Sha256,
                encoding: Encoding::Hex,
                form: SignatureForm::Prefixed("sha256=".to_owned()),
                key: KeyForm::Text,
                signed: Signed::Body,
                // The body's time is compared below, for both kinds.
                freshness: Freshness::Unsigned,
            }),
            Proof::ClientJwt,
        ],
        // Jira delivers nothing larger.
        max_bytes: 25 * 1024 * 1024,
        kept_headers: vec![DELIVERY.to_owned()],
        refusal_headers: Vec::new(),
    }
}

/// What is looked at while Jira waits; the rest of the body is skipped.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "webhookEvent")]
    event: Option<String>,
    timestamp: Option<i64>,
    issue: Option<Entity>,
    comment: Option<Entity>,
    version: Option<Entity>,
    sprint: Option<Entity>,
    project: Option<Entity>,
    user: Option<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    #[serde(rename = "self")]
    address: Option<String>,
}

pub(super) fn read(request: &Verified, now: DateTime<Utc>) -> Result<Arrival, Refused> {
    let identifier = request.headers().kept(DELIVERY).ok_or(Refused::MissingHeaders)?;
    if request.body().is_empty() {
        return Ok(Arrival {
            event: WITHOUT_BODY.to_owned(),
            delivery_id: identifier.to_owned(),
            // All of these are the same bytes: only the id tells one from another, and all it can bring about is a look.
            is_id_signed: true,
            lane: String::new(),
            reply: Reply::Accepted,
        });
    }
    let head: Head = serde_json::from_slice(request.body()).map_err(|_| Refused::NotJson)?;
    let event = head.event.filter(|event| !event.is_empty()).ok_or(Refused::MissingHeaders)?;
    let sent_at = head.timestamp.and_then(DateTime::from_timestamp_millis).ok_or(Refused::MissingTime)?;
    if (now - sent_at).abs() > FRESH {
        return Err(Refused::Stale);
    }
    let entities = [head.issue, head.comment, head.version, head.sprint, head.project, head.user];
    let addresses = entities.into_iter().flatten().filter_map(|entity| entity.address);
    let lane = match whose::place(addresses) {
        Some(Place::Cloud(id)) => id,
        Some(Place::Site(origin)) => origin,
        None => String::new(),
    };
    let delivery_id = if lane.is_empty() { identifier.to_owned() } else { format!("{lane}:{identifier}") };
    Ok(Arrival { event, delivery_id, is_id_signed: false, lane, reply: Reply::Accepted })
}
