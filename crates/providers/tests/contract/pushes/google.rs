//! Google's pushes: what proves them, and what they say of themselves.

use crate::fixtures::{now, vendor};
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use providers::{Arrival, Asks, ChannelKey, Evidence, Proof, PushClaims, Refused, Reply, Unverified, Verified};

const AUDIENCE: &str = "https://connectors.example.com/webhooks/google";
const ACCOUNT: &str = "push@garden.iam.gserviceaccount.com";
const MESSAGE: &str = r#"{"message":{"data":"eyJlbWFpbEFkZHJlc3MiOiJ1c2VyQGV4YW1wbGUuY29tIiwiaGlzdG9yeUlkIjo5ODc2NTQzMjEwfQ==","messageId":"1"}}"#;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (HeaderName::try_from(*name).unwrap(), value.parse().unwrap())).collect()
}

const CHANNEL: [(&str, &str); 5] = [
    ("x-goog-channel-id", "c1"),
    ("x-goog-channel-token", "token-1"),
    ("x-goog-resource-id", "r1"),
    ("x-goog-resource-state", "exists"),
    ("x-goog-message-number", "7"),
];

fn without(name: &str) -> HeaderMap {
    let mut headers = headers(&CHANNEL);
    headers.remove(name);
    headers
}

fn verify(headers: &HeaderMap, body: &'static str, evidence: &Evidence) -> Result<(Verified, Arrival), Refused> {
    let google = vendor("google");
    let request = Unverified { headers, body: Bytes::from_static(body.as_bytes()) };
    request.verify(google.webhook.as_ref().unwrap(), google.vendor.webhooks().unwrap(), evidence, now())
}

fn channel(token: &str, resource: Option<&str>) -> Evidence {
    let key = ChannelKey { token_hash: kernel::sha256(token), resource: resource.map(str::to_owned) };
    Evidence::Channel(Some(key))
}

/// The channel is known, its token is the one that was agreed on, and the resource is the channel's own, once it is known.
#[test]
fn a_notification_proves_its_channel() {
    let check = |headers: &HeaderMap, evidence: &Evidence| verify(headers, "", evidence).map(|_| ());
    let all = headers(&CHANNEL);
    assert_eq!(check(&all, &channel("token-1", Some("r1"))), Ok(()));
    // The first one may come before the answer that names the resource.
    assert_eq!(check(&all, &channel("token-1", None)), Ok(()));
    assert_eq!(check(&all, &Evidence::Channel(None)), Err(Refused::UnknownChannel));
    assert_eq!(check(&all, &channel("token-2", Some("r1"))), Err(Refused::WrongSignature));
    assert_eq!(check(&all, &channel("token-1", Some("r2"))), Err(Refused::WrongSignature));
    assert_eq!(check(&without("x-goog-channel-token"), &channel("token-1", None)), Err(Refused::MissingSignature));
    assert_eq!(check(&without("x-goog-channel-id"), &channel("token-1", None)), Err(Refused::MissingSignature));
    for name in ["x-goog-resource-state", "x-goog-message-number"] {
        assert_eq!(check(&without(name), &channel("token-1", None)), Err(Refused::MissingHeaders), "{name}");
    }
    // Evidence of another kind proves nothing.
    assert_eq!(check(&all, &Evidence::Secrets(vec!["token-1".into()])), Err(Refused::WrongSignature));
    assert_eq!(check(&all, &Evidence::Bearer(Some(claims()))), Err(Refused::WrongSignature));
    let mut twice = all.clone();
    twice.append("x-goog-channel-token", "token-2".parse().unwrap());
    assert_eq!(check(&twice, &channel("token-1", None)), Err(Refused::MissingSignature));
}

/// The channel and its number name a notification, whose empty body does not; the token is not kept.
#[test]
fn a_notification_is_named_by_its_number() {
    let (verified, arrival) = verify(&headers(&CHANNEL), "", &channel("token-1", Some("r1"))).unwrap();
    let expected = Arrival {
        event: "exists".to_owned(),
        delivery_id: "c1:7".to_owned(),
        is_id_signed: true,
        lane: "c1".to_owned(),
        reply: Reply::Accepted,
    };
    assert_eq!(arrival, expected);
    let kept: Vec<&str> = verified.headers().kept.keys().map(String::as_str).collect();
    assert_eq!(kept, ["x-goog-channel-id", "x-goog-message-number", "x-goog-resource-id", "x-goog-resource-state"]);
    assert!(!format!("{verified:?}").contains("token-1"));
}

/// Both spellings of the issuer are Google's own, and its keys are where it says.
#[test]
fn only_google_speaks_for_a_message() {
    let webhook = vendor("google").webhook.as_ref().unwrap();
    let oidc = webhook.proofs.iter().find_map(|proof| match proof {
        Proof::Oidc(oidc) => Some(oidc),
        _ => None,
    });
    let oidc = oidc.unwrap();
    assert_eq!(oidc.issuers, ["https://accounts.google.com", "accounts.google.com"]);
    assert_eq!(oidc.jwks_url, "https://www.googleapis.com/oauth2/v3/certs");
    assert_eq!(webhook.max_bytes, 65_536);
    assert!(webhook.kept_headers.iter().all(|name| name.starts_with("x-goog-") && !name.ends_with("token")));
}

fn claims() -> PushClaims {
    PushClaims {
        audience: AUDIENCE.to_owned(),
        verified_email: Some(ACCOUNT.to_owned()),
        expected_audience: AUDIENCE.to_owned(),
        expected_email: ACCOUNT.to_owned(),
    }
}

/// What Pub/Sub pushes carries a token that is made for us by the account that the operator has set up.
#[test]
fn a_message_proves_its_sender() {
    let bearer = headers(&[("authorization", "Bearer e30.e30.e30")]);
    let check = |claims: PushClaims| verify(&bearer, MESSAGE, &Evidence::Bearer(Some(claims))).map(|_| ());
    assert_eq!(check(claims()), Ok(()));
    assert_eq!(check(PushClaims { audience: format!("{AUDIENCE}/"), ..claims() }), Err(Refused::WrongAudience));
    let another = Some("push@another.iam.gserviceaccount.com".to_owned());
    assert_eq!(check(PushClaims { verified_email: another, ..claims() }), Err(Refused::WrongAudience));
    assert_eq!(check(PushClaims { verified_email: None, ..claims() }), Err(Refused::WrongAudience));
    let without = PushClaims { expected_email: String::new(), verified_email: None, ..claims() };
    assert_eq!(check(without), Err(Refused::NoSecret));
    let refused = |headers: &[(&str, &str)], evidence: &Evidence| {
        verify(&self::headers(headers), MESSAGE, evidence).map(|_| ()).unwrap_err()
    };
    let good = Evidence::Bearer(Some(claims()));
    assert_eq!(refused(&[], &good), Refused::MissingSignature);
    assert_eq!(refused(&[("authorization", "Bearer x")], &Evidence::Bearer(None)), Refused::WrongSignature);
    let asks = |text: &str| {
        let headers = headers(&[("authorization", text)]);
        let request = Unverified { headers: &headers, body: Bytes::new() };
        request.asks(vendor("google").webhook.as_ref().unwrap())
    };
    assert!(matches!(asks("bearer x"), Ok(Asks::Bearer(_))));
    for malformed in ["Bearer", "Bearer ", "Basic x", "x"] {
        assert!(matches!(asks(malformed), Err(Refused::MalformedSignature)), "{malformed}");
    }
}

/// A message has an id and its mailbox is its lane; one that was unwrapped on its way has neither and is refused.
#[test]
fn a_message_is_named_by_its_id() {
    let bearer = headers(&[("authorization", "Bearer e30.e30.e30")]);
    let arrive = |body: &'static str| verify(&bearer, body, &Evidence::Bearer(Some(claims()))).map(|(_, found)| found);
    let arrival = arrive(MESSAGE).unwrap();
    assert_eq!((arrival.event.as_str(), arrival.delivery_id.as_str()), ("gmail", "1"));
    assert_eq!((arrival.lane.as_str(), arrival.is_id_signed), ("user@example.com", false));
    // Somebody else's message on the topic is taken, or it would come for a week.
    assert_eq!(arrive(r#"{"message":{"message_id":"2","data":"aGVsbG8="}}"#).unwrap().lane, "");
    let both = arrive(r#"{"message":{"messageId":"2","message_id":"2","data":"aGVsbG8="}}"#);
    assert_eq!(both.unwrap().delivery_id, "2", "it stands under both names in what is really sent");
    for unwrapped in [
        r#"{"emailAddress":"user@example.com","historyId":9876543210}"#,
        "",
        "[]",
        r#"{"message":7}"#,
        r#"{"message":{"data":"aGVsbG8="}}"#,
        r#"{"message":{"messageId":""}}"#,
        r#"{"message":{"messageId":7}}"#,
    ] {
        assert_eq!(arrive(unwrapped), Err(Refused::NotJson), "{unwrapped}");
    }
}
