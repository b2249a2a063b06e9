//! Entries whose vendors push, asked by a signer that reads the file by itself.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use kernel::SignalKind;
use providers::{
    Arrival, EventHeaders, Evidence, Provider, Refused, Reply, Unverified, Verified, Whose,
    catalogue::{provider, read},
};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use std::collections::BTreeSet;
use toml::Table;

const SECRET: &str = "c2VjcmV0IG9mIHRoZSB0ZXN0cw==";

/// Every form there is, in the entries of the house and in one of an operator's.
const OWN: &str = r#"
[[provider]]
slug = "acme"
name = "Acme"
kind = "oauth2"
verified = false
authorize_url = "https://acme.example/authorize"
token_url = "https://acme.example/token"
scope_separator = "space"
pkce = "s256"
refresh = "kept"
client_auth = "body"

[provider.webhook]
header = "Acme-Signature"
digest = "sha512"
encoding = "hex"
key = "base64"
prefix = "v2:"
signed = "v2|{header:acme-id}|{timestamp}|{body}|"
time_header = "Acme-Time"
tolerance_seconds = 60
event = { pointer = "/meta/topic" }
delivery = { header = "Acme-Id" }
max_bytes = 1000
signals = [
  { event = "lead.added", kind = "record_created", external_id = "/lead/id", title = "/lead/name", occurred_at = "/at" },
  { event = "note.added", kind = "comment_created", external_id = "/note", occurred_at = "/at" },
]
"#;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_323_045, 0).unwrap()
}

/// An entry, as it is written and as it is read.
struct Told {
    file: Table,
    provider: Provider,
}

fn all() -> Vec<Told> {
    let mut found = Vec::new();
    for text in [include_str!("../../../catalog.toml"), OWN] {
        let file: Table = text.parse().unwrap();
        let entries = read("a.toml", text, &BTreeSet::new()).unwrap_or_else(|faults| panic!("{faults}")).entries;
        for entry in file["provider"].as_array().unwrap() {
            if let Some(webhook) = entry.get("webhook") {
                let slug = entry["slug"].as_str().unwrap();
                let told =
                    Told { file: webhook.as_table().unwrap().clone(), provider: provider(entries[slug].clone()) };
                found.push(told);
            }
        }
    }
    assert!(found.len() >= 5, "only {} entries push", found.len());
    found
}

fn acme() -> Told {
    all().pop().unwrap()
}

impl Told {
    fn slug(&self) -> &str {
        &self.provider.slug
    }

    fn word(&self, key: &str) -> &str {
        self.file.get(key).and_then(toml::Value::as_str).unwrap_or_default()
    }

    fn place(&self, key: &str) -> (&str, &str) {
        let (kind, place) = self.file[key].as_table().unwrap().iter().next().unwrap();
        (kind, place.as_str().unwrap())
    }

    /// A body and the headers of a delivery that names itself `d1` and its event `e1`.
    fn named(&self) -> (Bytes, HeaderMap) {
        let (mut body, mut headers) = (json!({"title": "Rosen"}), HeaderMap::new());
        for (key, text) in [("event", "e1"), ("delivery", "d1")] {
            match self.place(key) {
                ("header", name) => drop(headers.insert(HeaderName::try_from(name).unwrap(), text.parse().unwrap())),
                (_, pointer) => super::server::put(&mut body, pointer, text.into()),
            }
        }
        (body.to_string().into(), headers)
    }

    /// Signs as the file says, with a time that is `seconds_ago`.
    fn signed(&self, secret: &str, body: &[u8], mut headers: HeaderMap, seconds_ago: i64) -> HeaderMap {
        let time = (now().timestamp() - seconds_ago).to_string();
        let mut message = Vec::new();
        for part in self.word("signed").split('{') {
            let (hole, text) = part.split_once('}').unwrap_or(("", part));
            match hole {
                "" => {}
                "body" => message.extend_from_slice(body),
                "timestamp" => message.extend_from_slice(time.as_bytes()),
                other => message.extend_from_slice(headers[other.strip_prefix("header:").unwrap()].as_bytes()),
            }
            message.extend_from_slice(text.as_bytes());
        }
        let key = match self.word("key") {
            "base64" => STANDARD.decode(secret).unwrap(),
            _ => secret.as_bytes().to_vec(),
        };
        let code = match self.word("digest") {
            "sha512" => {
                Hmac::<Sha512>::new_from_slice(&key).unwrap().chain_update(&message).finalize().into_bytes().to_vec()
            }
            _ => Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(&message).finalize().into_bytes().to_vec(),
        };
        let digits = if self.word("encoding") == "hex" { hex::encode(code) } else { STANDARD.encode(code) };
        let value = match self.file.get("fields") {
            Some(fields) => {
                let name = |key: &str| fields[key].as_str().unwrap();
                format!("{}={time},{}={digits}", name("time"), name("signature"))
            }
            None if !self.word("list").is_empty() => format!("v1a,b3RoZXI= {}{digits}", self.word("list")),
            None => format!("{}{digits}", self.word("prefix")),
        };
        let name = |text: &str| HeaderName::try_from(text).unwrap();
        headers.insert(name(self.word("header")), value.parse().unwrap());
        if !self.word("time_header").is_empty() {
            headers.insert(name(self.word("time_header")), time.parse().unwrap());
        }
        headers
    }

    fn verdict(&self, headers: &HeaderMap, body: Bytes, secret: &str) -> Result<Arrival, Refused> {
        let (webhook, pushes) = (self.provider.webhook.as_ref().unwrap(), self.provider.vendor.webhooks().unwrap());
        let evidence = Evidence::Secrets(vec![secret.into()]);
        let request = Unverified { headers, body };
        request.verify(webhook, pushes, &evidence, now()).map(|(_, arrival)| arrival)
    }
}

/// What is signed as the entry says gets in, and names its event and itself.
#[test]
fn what_an_entry_signs_is_accepted() {
    for told in all() {
        let (body, headers) = told.named();
        let headers = told.signed(SECRET, &body, headers, 0);
        let delivery = told.place("delivery");
        let is_id_signed = delivery.0 == "pointer"
            || told.word("signed").contains(&format!("{{header:{}}}", delivery.1.to_lowercase()));
        let expected = Arrival {
            event: "e1".to_owned(),
            delivery_id: "d1".to_owned(),
            is_id_signed,
            lane: String::new(),
            reply: Reply::Accepted,
        };
        assert_eq!(told.verdict(&headers, body, SECRET), Ok(expected), "{}", told.slug());
    }
}

/// Every byte counts, and so do the secret and each header that is signed.
#[test]
fn what_an_entry_did_not_sign_is_refused() {
    for told in all() {
        let (body, headers) = told.named();
        let headers = told.signed(SECRET, &body, headers, 0);
        for at in 0..body.len() {
            let mut bytes = body.to_vec();
            bytes[at] ^= 1;
            assert_eq!(told.verdict(&headers, bytes.into(), SECRET), Err(Refused::WrongSignature), "{}", told.slug());
        }
        assert_eq!(told.verdict(&headers, body.clone(), "YW5vdGhlcg=="), Err(Refused::WrongSignature));
        assert_eq!(told.verdict(&headers, body.clone(), ""), Err(Refused::NoSecret));
        let mut other = headers.clone();
        other.remove(told.word("header").to_lowercase());
        assert_eq!(told.verdict(&other, body.clone(), SECRET), Err(Refused::MissingSignature), "{}", told.slug());
        if told.word("signed").contains("{header:") {
            let mut other = headers.clone();
            let (_, name) = told.place("delivery");
            other.insert(HeaderName::try_from(name).unwrap(), "d2".parse().unwrap());
            assert_eq!(told.verdict(&other, body, SECRET), Err(Refused::WrongSignature), "{}", told.slug());
        }
    }
}

/// Where a time is signed it is near, on either side.
#[test]
fn an_entrys_signed_time_is_near() {
    let mut asked = 0;
    for told in all() {
        let Some(tolerance) = told.file.get("tolerance_seconds").and_then(toml::Value::as_integer) else { continue };
        asked += 1;
        for (seconds_ago, is_near) in
            [(tolerance, true), (-tolerance, true), (tolerance + 1, false), (-tolerance - 1, false)]
        {
            let (body, headers) = told.named();
            let headers = told.signed(SECRET, &body, headers, seconds_ago);
            let verdict = told.verdict(&headers, body, SECRET).map(|_| ());
            assert_eq!(verdict, if is_near { Ok(()) } else { Err(Refused::Stale) }, "{} {seconds_ago}", told.slug());
        }
    }
    assert!(asked >= 3, "only {asked} entries have a time");
}

/// Without a name there is no event and no delivery, and without an object there is nothing.
#[test]
fn an_entrys_delivery_names_itself() {
    for told in all() {
        let (body, headers) = told.named();
        for body in ["", "[]", "7", "null", "{"] {
            let headers = told.signed(SECRET, body.as_bytes(), headers.clone(), 0);
            assert_eq!(told.verdict(&headers, body.into(), SECRET), Err(Refused::NotJson), "{} {body}", told.slug());
        }
        for key in ["event", "delivery"] {
            let (mut body, mut headers) = (body.clone(), headers.clone());
            match told.place(key) {
                // What is signed has to be there before.
                ("header", name) if told.word("signed").contains(&name.to_lowercase()) => continue,
                ("header", name) => drop(headers.remove(name.to_lowercase())),
                (_, pointer) => {
                    let mut json: Value = serde_json::from_slice(&body).unwrap();
                    *json.pointer_mut(pointer).unwrap() = "x".repeat(201).into();
                    body = json.to_string().into();
                }
            }
            let headers = told.signed(SECRET, &body, headers, 0);
            assert_eq!(told.verdict(&headers, body, SECRET), Err(Refused::MissingHeaders), "{} {key}", told.slug());
        }
    }
}

fn reading(event: &str, json: &Value) -> providers::Reading {
    let delivery = Verified::recall(EventHeaders::new(event, "d1"), json.to_string().into());
    acme().provider.vendor.webhooks().unwrap().read(&delivery).unwrap()
}

/// An event that the entry gives a meaning is a signal; one that it does not name, or that lacks what it says, is kept and marked.
#[test]
fn an_entrys_meanings_are_read() {
    let lead = json!({"lead": {"id": 7, "name": "Rosen & Söhne\nzwei"}, "at": 1_767_323_045_678_i64});
    let read = reading("lead.added", &lead);
    assert_eq!((read.recognised, &read.whose, read.signals.len()), (true, &Whose::Unnamed, 1));
    let signal = &read.signals[0];
    assert_eq!((signal.kind, signal.subject.kind.as_str()), (SignalKind::RecordCreated, "record"));
    assert_eq!((signal.subject.external_id.as_str(), signal.subject.title.as_deref()), ("7", Some("Rosen & Söhne")));
    assert_eq!(signal.occurred_at.timestamp_millis(), 1_767_323_045_678);
    for at in [json!("2026-01-02T04:04:05+01:00"), json!(1_767_323_045)] {
        let note = reading("note.added", &json!({"note": "n1", "at": at}));
        assert_eq!((note.signals[0].occurred_at, note.signals[0].subject.title.as_deref()), (now(), None));
    }
    for (event, json) in [
        ("lead.added", json!({"lead": {"name": "x"}, "at": 1})),
        ("lead.added", json!({"lead": {"id": {}}, "at": 1})),
        ("lead.added", json!({"lead": {"id": 7}, "at": "soon"})),
        ("lead.added", json!({"lead": {"id": 7}, "at": -1.5e300})),
        ("lead.added", json!({"lead": {"id": 7}, "at": i64::MAX})),
        ("lead.added", json!([])),
        ("lead.removed", lead.clone()),
        ("", lead),
    ] {
        let read = reading(event, &json);
        assert_eq!((read.recognised, read.signals.len()), (false, 0), "{event} {json}");
    }
    let broken = Verified::recall(EventHeaders::new("lead.added", "d1"), "{".into());
    assert_eq!(acme().provider.vendor.webhooks().unwrap().read(&broken).unwrap_err().missing, "/");
}

/// What the entry says of bounds and headers is in its record.
#[test]
fn an_entrys_record_has_its_bounds() {
    let acme = acme();
    let webhook = acme.provider.webhook.as_ref().unwrap();
    assert_eq!((webhook.max_bytes, webhook.kept_headers.as_slice()), (1000, &["acme-id".to_owned()][..]));
    assert!(webhook.refusal_headers.is_empty());
    let usual = all().into_iter().find(|told| told.slug() == "stripe").unwrap();
    assert_eq!(usual.provider.webhook.unwrap().max_bytes, 1024 * 1024);
}
