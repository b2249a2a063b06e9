//! The payloads in a provider's folder, signed as its record says.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use providers::{EventHeaders, Freshness, Provider, Refused, Unverified, VENDORS, Verified, WebhookScheme};
use serde_json::Value;
use sha2::Sha256;
use std::path::Path;

pub const SECRET: &str = "a secret of the tests";

/// The vendor of this name.
pub fn vendor(slug: &str) -> &'static Provider {
    VENDORS.iter().find(|vendor| vendor.slug == slug).unwrap_or_else(|| panic!("{slug} is no vendor"))
}

/// The vendors that push, with how they sign.
pub fn pushing() -> impl Iterator<Item = (&'static Provider, WebhookScheme)> {
    VENDORS.iter().filter_map(|vendor| Some((&**vendor, vendor.webhook?)))
}

/// One file of `fixtures/`: `EVENT.what.json`.
pub struct Fixture {
    pub name: String,
    pub event: String,
    pub json: Value,
}

impl Fixture {
    pub fn delivery(&self) -> Verified {
        recall(&self.event, &self.json)
    }
}

pub fn recall(event: &str, json: &Value) -> Verified {
    let headers = EventHeaders { event: event.to_owned(), delivery_id: "delivery-0".to_owned(), content_type: None };
    Verified::recall(headers, json.to_string().into())
}

/// Sorted by name.
pub fn of(provider: &Provider) -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&provider.slug).join("fixtures");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} has no fixtures/ folder", provider.slug));
    let mut fixtures: Vec<Fixture> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let (event, _) = name.split_once('.').unwrap_or_else(|| panic!("{name} is not named EVENT.what.json"));
            let json = serde_json::from_slice(&std::fs::read(&path).unwrap());
            let json = json.unwrap_or_else(|error| panic!("{} fixture {name} is not JSON: {error}", provider.slug));
            Fixture { event: event.to_owned(), name, json }
        })
        .collect();
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
}

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_323_045, 0).unwrap()
}

/// A small signed body of this scheme, from a moment that is `seconds_ago`.
pub fn body(scheme: &WebhookScheme, seconds_ago: i64) -> Bytes {
    match scheme.freshness {
        Freshness::Unsigned => Bytes::from_static(br#"{"title":"Rosen"}"#),
        Freshness::BodyMillis { field, .. } => {
            let millis = now().timestamp_millis() - seconds_ago * 1000;
            serde_json::json!({"title": "Rosen", field: millis}).to_string().into()
        }
    }
}

pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// The headers of a delivery, with these values in the signature header.
pub fn headers<'a>(scheme: &WebhookScheme, signatures: impl IntoIterator<Item = &'a str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let name = |text: &'static str| HeaderName::from_static(text);
    headers.insert(name(scheme.event_header), "event".parse().unwrap());
    headers.insert(name(scheme.delivery_header), "delivery-0".parse().unwrap());
    for signature in signatures {
        headers.append(name(scheme.signature_header), signature.parse().unwrap());
    }
    headers
}

/// The verdict on a body under signature headers, with one secret.
pub fn verdict(scheme: &WebhookScheme, signatures: &[&str], body: Bytes) -> Result<(), Refused> {
    let headers = headers(scheme, signatures.iter().copied());
    Unverified { headers: &headers, body }.verify(scheme, &[SECRET.into()], now()).map(|_| ())
}
