//! What a Slack request says about itself. All of it is in the body, which is signed together with the time.

use super::request::{Request, Shape, TIME};
use crate::{
    Arrival, Digest, Encoding, EventHeaders, Freshness, HmacScheme, KeyForm, Proof, Refused, Reply, SignatureForm,
    Signed, SignedPart, Unverified, Verified, Webhook, document::Document, event::is_form,
};
use chrono::TimeDelta;
use http::header::CONTENT_TYPE;
use serde_json::json;

/// Longer names of events, and longer challenges, are none of Slack's.
const LONGEST_NAME: usize = 200;
/// A look at the address carries a handful of short fields.
const LONGEST_LOOK: usize = 64 * 1024;

pub(super) fn webhook() -> Webhook {
    Webhook {
        proofs: vec![Proof::Hmac(HmacScheme {
            header: "x-slack-signature".to_owned(),
            digest: Digest::Sha256,
            encoding: Encoding::Hex,
            // Another version than `v0` would be signed otherwise.
            form: SignatureForm::Prefixed("v0=".to_owned()),
            key: KeyForm::Text,
            signed: Signed::Parts(vec![
                SignedPart::Text("v0:".to_owned()),
                SignedPart::Time,
                SignedPart::Text(":".to_owned()),
                SignedPart::Body,
            ]),
            freshness: Freshness::Header { name: TIME.to_owned(), tolerance: TimeDelta::seconds(300) },
        })],
        max_bytes: 4 * 1024 * 1024,
        kept_headers: vec![TIME.to_owned(), "x-slack-retry-num".to_owned(), "x-slack-retry-reason".to_owned()],
        // What was refused once is refused again; three more attempts of it help nobody.
        refusal_headers: vec![("x-slack-no-retry".to_owned(), "1".to_owned())],
    }
}

/// Slack looks at the address of a slash command with a form that says `ssl_check=1` and is not signed.
pub(super) fn is_mere_look(request: &Unverified<'_>) -> bool {
    let kind = EventHeaders::text(request.headers, CONTENT_TYPE.as_str());
    is_form(kind.as_deref())
        && request.body.len() <= LONGEST_LOOK
        && url::form_urlencoded::parse(&request.body).any(|(name, value)| name == "ssl_check" && value == "1")
}

pub(super) fn read(delivery: &Verified) -> Result<Arrival, Refused> {
    let request = Request::of(delivery).map_err(|_| Refused::NotJson)?;
    let document = &request.document;
    if !document.is_object() {
        return Err(Refused::NotJson);
    }
    let (event, delivery_id, reply) = match request.shape {
        Shape::Event => event(delivery, document)?,
        Shape::Interaction => (name(document, "/type")?, triggered(delivery, document), Reply::Accepted),
        Shape::Command if document.has("/command") => {
            ("slash_command".to_owned(), triggered(delivery, document), Reply::Accepted)
        }
        // A form that is nothing we know.
        Shape::Command => return Err(Refused::NotJson),
    };
    let lane = request.place().unwrap_or_default();
    Ok(Arrival { event, delivery_id, is_id_signed: true, lane, reply })
}

fn event(delivery: &Verified, document: &Document<'_>) -> Result<(String, String, Reply), Refused> {
    let kind = name(document, "/type")?;
    match kind.as_str() {
        // Dispatched anew, it keeps its id.
        "event_callback" => Ok((name(document, "/event/type")?, name(document, "/event_id")?, Reply::Accepted)),
        "url_verification" => {
            let challenge = name(document, "/challenge")?;
            Ok((kind, hash(delivery.body()), Reply::Challenge(json!({ "challenge": challenge }))))
        }
        // `app_rate_limited` and what may come: not enveloped, and without an id.
        _ => Ok((kind, hash(delivery.body()), Reply::Accepted)),
    }
}

fn name(document: &Document<'_>, path: &str) -> Result<String, Refused> {
    document.optional_text(path).filter(|text| text.len() <= LONGEST_NAME).ok_or(Refused::MissingHeaders)
}

/// What a person does bears an id of its own, but for closed views, which differ in what they say.
fn triggered(delivery: &Verified, document: &Document<'_>) -> String {
    match document.word("/trigger_id") {
        Some(trigger) => hash(trigger.as_bytes()),
        None => hash(delivery.body()),
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(kernel::sha256(bytes))
}
