//! The payloads in a provider's folder, signed as its record says.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use kernel::NewSignal;
use providers::{
    Change, EventHeaders, Evidence, Freshness, HmacScheme, Proof, Provider, Record, RecordState, Refused,
    SignatureForm, Signed, SignedPart, Streams, Unverified, VENDORS, Verified, Webhook,
};
use serde_json::Value;
use sha2::Sha256;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub const SECRET: &str = "a secret of the tests";

/// The vendor of this name.
pub fn vendor(slug: &str) -> &'static Arc<Provider> {
    VENDORS.iter().find(|vendor| vendor.slug == slug).unwrap_or_else(|| panic!("{slug} is no vendor"))
}

/// How much of a stream is asked for at once.
pub fn batch(streams: &dyn Streams, name: &str) -> u16 {
    let found = streams.streams().into_iter().find(|stream| stream.name == name);
    found.map_or(providers::BATCH, |stream| stream.batch)
}

/// The vendors that push.
pub fn pushing() -> impl Iterator<Item = (&'static Provider, &'static Webhook)> {
    VENDORS.iter().filter_map(|vendor| Some((&**vendor, vendor.webhook.as_ref()?)))
}

/// Those that sign their requests, with how.
pub fn signing() -> impl Iterator<Item = Signing> {
    pushing().flat_map(|(provider, webhook)| {
        let schemes = webhook.proofs.iter().filter_map(|proof| match proof {
            Proof::Hmac(scheme) => Some(scheme),
            Proof::ClientJwt | Proof::Channel(_) | Proof::Oidc(_) => None,
        });
        schemes.map(move |scheme| Signing { provider, webhook, scheme })
    })
}

/// A vendor and one of its schemes.
#[derive(Clone, Copy)]
pub struct Signing {
    pub provider: &'static Provider,
    pub webhook: &'static Webhook,
    pub scheme: &'static HmacScheme,
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

/// A fixture is the body. Where headers matter, or the body is a form, it is `{"$headers": {…}, "$body": …}`: without `$body` the
/// body is empty, and a text is the body as it stands.
pub fn recall(event: &str, json: &Value) -> Verified {
    let mut headers = EventHeaders::new(event, "delivery-0");
    let Some(kept) = json.get("$headers").and_then(Value::as_object) else {
        return Verified::recall(headers, json.to_string().into());
    };
    for (name, value) in kept {
        let value = value.as_str().unwrap_or_default().to_owned();
        if name == "content-type" {
            headers.content_type = Some(value);
        } else {
            headers.kept.insert(name.clone(), value);
        }
    }
    let body = match json.get("$body") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(body) => body.to_string(),
    };
    Verified::recall(headers, body.into())
}

/// The files of a folder, by their names without the ending, sorted. `None`: there is no such folder.
fn files(folder: &Path) -> Option<Vec<(String, Value)>> {
    let mut files: Vec<(String, Value)> = std::fs::read_dir(folder)
        .ok()?
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let json = serde_json::from_slice(&std::fs::read(&path).unwrap());
            let json = json.unwrap_or_else(|error| panic!("{} is not JSON: {error}", path.display()));
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), json)
        })
        .collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(files)
}

fn folder(provider: &Provider) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&provider.slug).join("fixtures")
}

/// Sorted by name.
pub fn of(provider: &Provider) -> Vec<Fixture> {
    let files = files(&folder(provider)).unwrap_or_else(|| panic!("{} has no fixtures/ folder", provider.slug));
    let fixtures = files.into_iter().map(|(name, json)| {
        let (event, _) = name.split_once('.').unwrap_or_else(|| panic!("{name} is not named EVENT.what.json"));
        Fixture { event: event.to_owned(), name, json }
    });
    fixtures.collect()
}

/// One file of `fixtures/streams/`: `{"stream": …, "id": …, "before": …, "now": …}`, the record as it was kept and as it was
/// fetched. Without `before` it is new, without `now` it is gone; with neither, something is gone that nobody knew.
/// `changed_at`, in RFC 3339, is the vendor's time of the change, where it gives one.
pub struct StreamFixture {
    pub name: String,
    pub json: Value,
}

/// Sorted by name; none of who has no streams.
pub fn streams_of(provider: &Provider) -> Vec<StreamFixture> {
    let files = files(&folder(provider).join("streams")).unwrap_or_default();
    files.into_iter().map(|(name, json)| StreamFixture { name, json }).collect()
}

/// What a vendor tells of such a change.
pub fn told(provider: &Provider, json: &Value) -> Option<NewSignal> {
    let there = |name: &str| json.get(name).filter(|value| !value.is_null());
    let word = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
    let change = match (there("before"), there("now")) {
        (None, Some(now)) => Change::Created { now },
        (Some(before), Some(now)) => Change::Updated { before, now },
        (before, None) => Change::Deleted { before },
    };
    let record = Record {
        external_id: word("id").to_owned(),
        changed_at: DateTime::parse_from_rfc3339(word("changed_at")).ok().map(|time| time.to_utc()),
        state: there("now").map_or(RecordState::Gone, |now| RecordState::There(now.clone())),
    };
    provider.vendor.streams().unwrap().tell(word("stream"), &record, change, now())
}

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_323_045, 0).unwrap()
}

impl Signing {
    /// What stands before the digits.
    pub fn prefix(&self) -> &'static str {
        match &self.scheme.form {
            SignatureForm::Prefixed(prefix) | SignatureForm::List(prefix) => prefix,
            SignatureForm::Fields { .. } => "",
        }
    }

    /// A small body that this vendor would send, from a moment that is `seconds_ago`.
    pub fn body(&self, seconds_ago: i64) -> Bytes {
        let mut body = serde_json::json!({"title": "Rosen", "type": "event_callback", "event_id": "delivery-0",
            "event": {"type": "event"}, "webhookEvent": "event", "timestamp": now().timestamp_millis()});
        if let Freshness::BodyMillis { field, .. } = &self.scheme.freshness {
            body[field] = (now().timestamp_millis() - seconds_ago * 1000).into();
        }
        body.to_string().into()
    }

    /// The signature of a body, as it stands in the header.
    pub fn sign(&self, secret: &str, body: &[u8], seconds_ago: i64) -> String {
        let time = (now().timestamp() - seconds_ago).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        match &self.scheme.signed {
            Signed::Body => mac.update(body),
            Signed::Parts(parts) => parts.iter().for_each(|part| match part {
                SignedPart::Text(text) => mac.update(text.as_bytes()),
                SignedPart::Time => mac.update(time.as_bytes()),
                SignedPart::Header(_) => unreachable!("no vendor of ours signs another header"),
                SignedPart::Body => mac.update(body),
            }),
        }
        format!("{}{}", self.prefix(), hex::encode(mac.finalize().into_bytes()))
    }

    /// The headers of a delivery, with these values in the signature header.
    pub fn headers<'a>(&self, signatures: impl IntoIterator<Item = &'a str>, seconds_ago: i64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let name = |text: &str| HeaderName::try_from(text).unwrap();
        for kept in &self.webhook.kept_headers {
            let value = if kept.contains("event") { "event" } else { "delivery-0" };
            headers.insert(name(kept), value.parse().unwrap());
        }
        if let Freshness::Header { name: time, .. } = &self.scheme.freshness {
            headers.insert(name(time), (now().timestamp() - seconds_ago).into());
        }
        for signature in signatures {
            headers.append(name(&self.scheme.header), signature.parse().unwrap());
        }
        headers
    }

    /// The verdict on a body under these headers.
    pub fn check(&self, headers: &HeaderMap, body: Bytes, secrets: &[&str]) -> Result<Verified, Refused> {
        let evidence = Evidence::Secrets(secrets.iter().map(|secret| (*secret).into()).collect());
        let pushes = self.provider.vendor.webhooks().unwrap();
        let verified = Unverified { headers, body }.verify(self.webhook, pushes, &evidence, now());
        verified.map(|(verified, _)| verified)
    }

    /// The same under signature headers, with one secret.
    pub fn verdict(&self, signatures: &[&str], body: Bytes) -> Result<(), Refused> {
        self.check(&self.headers(signatures.iter().copied(), 0), body, &[SECRET]).map(|_| ())
    }
}
