//! What Jira's requests say of themselves at the door, and how they prove that they are Jira's.

use crate::fixtures::{now, vendor};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header::AUTHORIZATION};
use providers::{Arrival, Asks, Evidence, Refused, Reply, Unverified};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "client secret";

/// A token of a minute, as Jira makes one.
fn token() -> String {
    let claims = json!({"iat": now().timestamp(), "exp": now().timestamp() + 180});
    let text =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn headers(more: &[(&'static str, &str)]) -> HeaderMap {
    let all = [("x-atlassian-webhook-identifier", "7f1c")].iter().chain(more);
    all.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn arrived(headers: &HeaderMap, body: impl Into<Bytes>) -> Result<Arrival, Refused> {
    let jira = vendor("jira");
    let request = Unverified { headers, body: body.into() };
    let evidence = Evidence::Secrets(vec![SECRET.into()]);
    let pushes = jira.vendor.webhooks().unwrap();
    request.verify(jira.webhook.as_ref().unwrap(), pushes, &evidence, now()).map(|(_, arrival)| arrival)
}

fn with_token() -> HeaderMap {
    headers(&[(AUTHORIZATION.as_str(), &format!("Bearer {}", token()))])
}

fn body(seconds_ago: i64, more: &Value) -> String {
    let mut body =
        json!({"timestamp": now().timestamp_millis() - seconds_ago * 1000, "webhookEvent": "jira:issue_created"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body.to_string()
}

/// An administrator's webhook asks for the webhook's secret, an app's own for the client's; who brings the first is not
/// helped by the second.
#[test]
fn each_kind_of_webhook_has_its_proof() {
    let jira = vendor("jira");
    let asks = |headers: &HeaderMap| {
        let asked = Unverified { headers, body: "{}".into() }.asks(jira.webhook.as_ref().unwrap());
        asked.map(|asks| matches!(asks, Asks::ClientSecrets))
    };
    assert_eq!(asks(&with_token()), Ok(true));
    assert_eq!(asks(&headers(&[("x-hub-signature", "sha256=00")])), Ok(false));
    assert_eq!(asks(&headers(&[])), Err(Refused::MissingSignature));
    let bearer = format!("Bearer {}", token());
    for (signature, refused) in
        [("sha1=00", Refused::MalformedSignature), (&format!("sha256={}", "0".repeat(64)), Refused::WrongSignature)]
    {
        let both = headers(&[(AUTHORIZATION.as_str(), &bearer), ("x-hub-signature", signature)]);
        assert_eq!(arrived(&both, body(0, &json!({}))), Err(refused), "{signature}");
    }
    assert_eq!(arrived(&headers(&[(AUTHORIZATION.as_str(), "JWT x")]), "{}"), Err(Refused::MalformedSignature));
}

/// Signed by another program: `{"iat":1767323045,"exp":1767323225}`, with a minute of grace on either side. What it comes with is
/// not covered.
#[test]
fn the_vector_of_jiras_token_matches() {
    let token = concat!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyMzIyNX0",
        ".fZ37IvPXB-xf8OghCSF7-6TSu9ft1aie46CbKzqgESY"
    );
    let jira = vendor("jira");
    let headers = headers(&[(AUTHORIZATION.as_str(), &format!("Bearer {token}"))]);
    let verdict = |secret: &str, at: i64, body: String| {
        let evidence = Evidence::Secrets(vec!["another".into(), secret.into()]);
        let request = Unverified { headers: &headers, body: body.into() };
        let at = chrono::DateTime::from_timestamp(at, 0).unwrap();
        request.verify(jira.webhook.as_ref().unwrap(), jira.vendor.webhooks().unwrap(), &evidence, at).err()
    };
    let (one, other) = (body(0, &json!({})), body(0, &json!({"issue": {"id": "1"}})));
    assert_eq!(verdict("jira_client_secret", 1_767_323_100, one.clone()), None);
    assert_eq!(verdict("jira_client_secret", 1_767_323_100, other), None);
    assert_eq!(verdict("jira_client_secret", 1_767_323_285, one.clone()), None);
    assert_eq!(verdict("jira_client_secret", 1_767_323_286, one.clone()), Some(Refused::Stale));
    assert_eq!(verdict("jira_client_secret", 1_767_323_300, one.clone()), Some(Refused::Stale));
    assert_eq!(verdict("", 1_767_323_100, one), Some(Refused::WrongSignature));
}

/// The delivery id counts for its site. The token covers no body: another one under the same token is taken, and is told apart
/// by its bytes.
#[test]
fn a_delivery_says_which_site_it_is_from() {
    let at_site = json!({"issue": {"self": "https://acme.atlassian.net/rest/api/2/issue/1"}, "user": {"self": "x"}});
    let through_gateway = json!({"comment": {"self": "https://api.atlassian.com/ex/jira/c-1/rest/api/3/comment/1"}});
    for (more, delivery_id, lane) in [
        (at_site, "https://acme.atlassian.net:7f1c", "https://acme.atlassian.net"),
        (through_gateway, "c-1:7f1c", "c-1"),
        (json!({"issue": {"id": "10002"}}), "7f1c", ""),
        (json!({"issue": null}), "7f1c", ""),
    ] {
        let expected = Arrival {
            event: "jira:issue_created".to_owned(),
            delivery_id: delivery_id.to_owned(),
            is_id_signed: false,
            lane: lane.to_owned(),
            reply: Reply::Accepted,
        };
        assert_eq!(arrived(&with_token(), body(0, &more)), Ok(expected), "{more}");
    }
}

/// A day is enough for all attempts; a body without a time is none of Jira's.
#[test]
fn a_body_is_good_for_a_day() {
    let day = 24 * 60 * 60;
    let refusal = |text: String| arrived(&with_token(), text).err();
    for (seconds_ago, refused) in
        [(day, None), (day + 1, Some(Refused::Stale)), (-day, None), (-day - 1, Some(Refused::Stale))]
    {
        assert_eq!(refusal(body(seconds_ago, &json!({}))), refused, "{seconds_ago}");
    }
    assert_eq!(refusal(json!({"webhookEvent": "x"}).to_string()), Some(Refused::MissingTime));
    assert_eq!(refusal(json!({"webhookEvent": "x", "timestamp": i64::MAX}).to_string()), Some(Refused::MissingTime));
    assert_eq!(refusal(json!({"timestamp": now().timestamp_millis()}).to_string()), Some(Refused::MissingHeaders));
    assert_eq!(refusal(json!({"webhookEvent": "x", "timestamp": "now"}).to_string()), Some(Refused::NotJson));
    assert_eq!(refusal("[]".to_owned()), Some(Refused::NotJson));
    let bearer = with_token().remove(AUTHORIZATION).unwrap();
    let anonymous = [(AUTHORIZATION, bearer)].into_iter().collect();
    assert_eq!(arrived(&anonymous, body(0, &json!({}))), Err(Refused::MissingHeaders));
}

/// A webhook that is set to send no body only says that something happened: its id is all that tells one from another.
#[test]
fn a_delivery_may_have_no_body() {
    let arrival = arrived(&with_token(), "").unwrap();
    assert_eq!(
        (arrival.event.as_str(), arrival.delivery_id.as_str(), arrival.is_id_signed),
        ("without_body", "7f1c", true)
    );
}
