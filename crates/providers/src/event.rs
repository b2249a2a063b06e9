//! A webhook whose signature has been checked. There are two ways to one: [`crate::Unverified::verify`], and recalling a
//! row that was stored after it.

use bytes::Bytes;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The headers that are kept with a delivery. They are not covered by the signature: nothing may trust them with more than
/// how to read the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventHeaders {
    pub event: String,
    /// The vendor's id of this delivery.
    pub delivery_id: String,
    pub content_type: Option<String>,
}

impl EventHeaders {
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
}

impl Verified {
    pub(crate) const fn new(headers: EventHeaders, body: Bytes) -> Self {
        Self { headers, body }
    }

    /// From a row that was stored after verification.
    pub const fn recall(headers: EventHeaders, body: Bytes) -> Self {
        Self { headers, body }
    }

    pub const fn headers(&self) -> &EventHeaders {
        &self.headers
    }

    /// The bytes as they arrived.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The JSON text, also out of a form body (`payload=…`), which some hooks are set to.
    pub fn json(&self) -> Cow<'_, [u8]> {
        let form = self.headers.content_type.as_deref().is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        });
        if !form {
            return Cow::Borrowed(&self.body);
        }
        url::form_urlencoded::parse(&self.body)
            .find(|(name, _)| name == "payload")
            .map_or_else(|| Cow::Borrowed(&self.body[..0]), |(_, value)| Cow::Owned(value.into_owned().into_bytes()))
    }
}
