//! A webhook whose signature has been checked. There are two ways to one: [`crate::Unverified::verify`], and recalling a
//! row that was stored after it.

use crate::Arrival;
use bytes::Bytes;
use http::HeaderMap;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::{collections::BTreeMap, sync::OnceLock};

/// A form has fewer fields; of a longer one the rest is not read.
const MOST_FIELDS: usize = 100;

/// The headers that are kept with a delivery. They are not covered by the signature: nothing may trust them with more than
/// how to read the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventHeaders {
    pub event: String,
    /// The vendor's id of this delivery.
    pub delivery_id: String,
    pub content_type: Option<String>,
    /// Those that the provider's record names, by their names in lower case.
    pub kept: BTreeMap<String, String>,
}

impl EventHeaders {
    /// Without anything that reading does not always need.
    pub fn new(event: &str, delivery_id: &str) -> Self {
        Self { event: event.to_owned(), delivery_id: delivery_id.to_owned(), content_type: None, kept: BTreeMap::new() }
    }

    /// One that was kept.
    pub fn kept(&self, name: &str) -> Option<&str> {
        self.kept.get(name).map(String::as_str)
    }

    /// A header's text, if it is there exactly once, visible ASCII and at most 200 bytes.
    pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
        let mut values = headers.get_all(name).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let text = value.to_str().ok()?.trim();
        (!text.is_empty() && text.len() <= 200).then(|| text.to_owned())
    }
}

/// A delivery that its vendor signed.
#[derive(Debug, Clone)]
pub struct Verified {
    headers: EventHeaders,
    body: Bytes,
    /// Of a form, once somebody has asked for them.
    fields: OnceLock<BTreeMap<String, String>>,
    /// Whether its JSON is JSON, once somebody has looked.
    is_json: OnceLock<bool>,
}

impl Verified {
    pub(crate) const fn new(headers: EventHeaders, body: Bytes) -> Self {
        Self { headers, body, fields: OnceLock::new(), is_json: OnceLock::new() }
    }

    /// From a row that was stored after verification.
    pub const fn recall(headers: EventHeaders, body: Bytes) -> Self {
        Self::new(headers, body)
    }

    /// Takes the names that the delivery has been found to bear.
    pub(crate) fn name(&mut self, arrival: &Arrival) {
        self.headers.event.clone_from(&arrival.event);
        self.headers.delivery_id.clone_from(&arrival.delivery_id);
    }

    pub const fn headers(&self) -> &EventHeaders {
        &self.headers
    }

    /// The bytes as they arrived.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the body is a form.
    pub(crate) fn is_form(&self) -> bool {
        is_form(self.headers.content_type.as_deref())
    }

    /// The JSON text, also out of a form body (`payload=…`), which some hooks are set to.
    pub fn json(&self) -> &[u8] {
        if !self.is_form() {
            return &self.body;
        }
        self.fields().get("payload").map_or(&[], |payload| payload.as_bytes())
    }

    /// Whether [`json`](Self::json) is JSON. Of what has been read as a [`Document`](crate::document::Document) it is known.
    pub fn is_json(&self) -> bool {
        *self.is_json.get_or_init(|| serde_json::from_slice::<IgnoredAny>(self.json()).is_ok())
    }

    /// Its JSON has been parsed to the end.
    pub(crate) fn has_been_parsed(&self) {
        let _known_before = self.is_json.set(true);
    }

    /// The body as a form: of two fields of the same name the first.
    pub(crate) fn fields(&self) -> &BTreeMap<String, String> {
        self.fields.get_or_init(|| {
            let mut fields = BTreeMap::new();
            for (name, value) in url::form_urlencoded::parse(&self.body).take(MOST_FIELDS) {
                fields.entry(name.into_owned()).or_insert_with(|| value.into_owned());
            }
            fields
        })
    }
}

/// Whether a content type is that of a form.
pub(crate) fn is_form(content_type: Option<&str>) -> bool {
    let kind = content_type.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
