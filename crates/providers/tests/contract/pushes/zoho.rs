//! Zoho's callbacks: what proves them, and what they say of themselves.

use crate::fixtures::{now, vendor};
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use providers::{Arrival, Asks, ChannelKey, Evidence, Refused, Unverified};
use serde_json::{Value, json};

fn callback() -> Value {
    json!({"module": "Leads", "ids": ["1"], "operation": "update", "channel_id": "42", "token": "token-1",
        "server_time": 1_767_323_045_678_u64})
}

fn known() -> Evidence {
    Evidence::Channel(Some(ChannelKey { token_hash: kernel::sha256("token-1"), resource: Some("r1".to_owned()) }))
}

fn verify(headers: &HeaderMap, body: Bytes, evidence: &Evidence) -> Result<Arrival, Refused> {
    let zoho = vendor("zoho");
    let request = Unverified { headers, body };
    let verified = request.verify(zoho.webhook.as_ref().unwrap(), zoho.vendor.webhooks().unwrap(), evidence, now());
    verified.map(|(_, arrival)| arrival)
}

fn check(body: &Value, evidence: &Evidence) -> Result<Arrival, Refused> {
    verify(&HeaderMap::new(), body.to_string().into(), evidence)
}

fn with(name: &str, value: Value) -> Value {
    let mut body = callback();
    body[name] = value;
    body
}

/// The channel's number may be a number or a text, and is one channel.
#[test]
fn a_channel_is_asked_for_by_its_number() {
    for id in [json!("42"), json!(42)] {
        let body = with("channel_id", id).to_string().into();
        let request = Unverified { headers: &HeaderMap::new(), body };
        let asks = request.asks(vendor("zoho").webhook.as_ref().unwrap());
        assert!(matches!(asks, Ok(Asks::Channel(id)) if id == "42"));
    }
}

/// The token in the body proves the callback; in a header it proves nothing.
#[test]
fn a_callback_proves_its_channel() {
    assert!(check(&callback(), &known()).is_ok());
    assert_eq!(check(&with("token", json!("token-2")), &known()), Err(Refused::WrongSignature));
    assert_eq!(check(&with("token", json!("")), &known()), Err(Refused::WrongSignature));
    assert_eq!(check(&callback(), &Evidence::Channel(None)), Err(Refused::UnknownChannel));
    let mut bare = callback();
    bare.as_object_mut().unwrap().remove("token");
    let headers = HeaderMap::from_iter([(HeaderName::from_static("token"), "token-1".parse().unwrap())]);
    assert_eq!(verify(&headers, bare.to_string().into(), &known()), Err(Refused::MissingSignature));
    assert_eq!(check(&callback(), &Evidence::Secrets(vec!["token-1".into()])), Err(Refused::WrongSignature));
    for body in ["", "[]", "{", r#"{"token":7}"#, r#"{"token":"token-1"} {}"#] {
        assert_eq!(verify(&HeaderMap::new(), body.into(), &known()), Err(Refused::NotJson), "{body}");
    }
}

/// The same bytes are the same callback, a millisecond later is another one. It needs to say what it is about.
#[test]
fn a_callback_is_named_by_its_bytes() {
    let first = check(&callback(), &known()).unwrap();
    assert_eq!(check(&callback(), &known()).unwrap(), first);
    let later = check(&with("server_time", json!(1_767_323_045_679_u64)), &known()).unwrap();
    assert_ne!(later.delivery_id, first.delivery_id);
    assert_eq!((first.event.as_str(), first.lane.as_str()), ("Leads_update", "42"));
    assert_eq!((first.delivery_id.len(), first.is_id_signed), (64, true));
    for name in ["module", "operation"] {
        assert_eq!(check(&with(name, json!(null)), &known()), Err(Refused::MissingHeaders), "{name}");
    }
}

/// It is read before it is known who sent it: what is larger than any callback is not read at all.
#[test]
fn a_large_callback_is_refused_unread() {
    assert_eq!(vendor("zoho").webhook.as_ref().unwrap().max_bytes, 65_536);
}
