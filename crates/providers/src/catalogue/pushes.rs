//! What an entry says about its vendor's webhooks, and the code that all entries share.

use crate::{
    Arrival, ReadError, Reading, Refused, Registrar, Reply, Unverified, Verified, Webhook, Webhooks, Whose,
    document::{Document, Value},
};
use chrono::{DateTime, Utc};
use kernel::{NewSignal, SignalKind, Subject};

/// Longer names of events and ids of deliveries are none.
const LONGEST_NAME: usize = 200;
/// Seconds beyond this would be in the year 5138; they are milliseconds.
const MOST_SECONDS: i64 = 100_000_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushes {
    pub webhook: Webhook,
    pub event: Place,
    pub delivery: Place,
    /// Whether the place of the delivery's id is among what is signed.
    pub is_id_signed: bool,
    /// What events mean; the others are kept and marked.
    pub meanings: Vec<Meaning>,
}

/// Where a request says something about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In lower case.
    Header(String),
    /// A JSON pointer (RFC 6901).
    Pointer(String),
}

/// An event, and where in its body stands what a signal has. All but the kind are JSON pointers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    pub event: String,
    pub kind: SignalKind,
    pub external_id: String,
    pub title: Option<String>,
    /// RFC 3339, or a number of seconds or milliseconds since the epoch.
    pub occurred_at: String,
}

impl Place {
    fn find(&self, request: &Verified, document: &Document<'_>) -> Option<String> {
        let found = match self {
            Self::Header(name) => request.headers().kept(name).map(ToOwned::to_owned),
            Self::Pointer(pointer) => document.optional_id(pointer),
        };
        found.filter(|text| text.len() <= LONGEST_NAME)
    }
}

impl Meaning {
    /// `None`: the body does not have what the entry says.
    fn signal(&self, document: &Document<'_>) -> Option<NewSignal> {
        let word = self.kind.word();
        let subject = Subject {
            // `record_created` is about a record, `push` about a push.
            kind: word.rsplit_once('_').map_or(word, |(noun, _)| noun).to_owned(),
            external_id: document.optional_id(&self.external_id)?,
            number: None,
            title: self.title.as_ref().and_then(|pointer| document.first_line(pointer)),
            url: None,
        };
        let occurred_at = instant(document.find(&self.occurred_at)?)?;
        Some(NewSignal { kind: self.kind, subject, actor: None, container: None, occurred_at, changes: Vec::new() })
    }
}

fn instant(value: &Value<'_>) -> Option<DateTime<Utc>> {
    match value {
        Value::Str(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        Value::Number(number) => match number.as_i64()? {
            seconds @ ..MOST_SECONDS => DateTime::from_timestamp(seconds, 0),
            millis => DateTime::from_timestamp_millis(millis),
        },
        _ => None,
    }
}

impl Webhooks for Pushes {
    fn is_mere_look(&self, _: &Unverified<'_>) -> bool {
        false
    }

    fn arrive(&self, request: &Verified, _: DateTime<Utc>) -> Result<Arrival, Refused> {
        let document = Document::parse(request).map_err(|_| Refused::NotJson)?;
        if !document.is_object() {
            return Err(Refused::NotJson);
        }
        let named = |place: &Place| place.find(request, &document).ok_or(Refused::MissingHeaders);
        Ok(Arrival {
            event: named(&self.event)?,
            delivery_id: named(&self.delivery)?,
            is_id_signed: self.is_id_signed,
            // No entry says whose a delivery is; the address it comes to decides.
            lane: String::new(),
            reply: Reply::Accepted,
        })
    }

    fn read(&self, delivery: &Verified) -> Result<Reading, ReadError> {
        let document = Document::parse(delivery)?;
        let unread = Reading::unrecognised(Whose::Unnamed);
        let event = &delivery.headers().event;
        let meaning = self.meanings.iter().find(|meaning| meaning.event == *event);
        Ok(match meaning.and_then(|meaning| meaning.signal(&document)) {
            Some(signal) => Reading { signals: vec![signal], recognised: true, ..unread },
            None => unread,
        })
    }

    /// The operator sets the address up at the vendor.
    fn registrar(&self) -> Option<&dyn Registrar> {
        None
    }
}
