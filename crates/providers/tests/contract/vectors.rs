//! Signatures that others computed: GitHub's published one, and some by OpenSSL over bodies of ours.

use crate::fixtures::vendor;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use providers::{Evidence, Proof, Provider, Refused, Unverified, Verified};

fn check(provider: &Provider, secret: &str, signature: &str, kind: &str, body: &[u8]) -> Result<Verified, Refused> {
    let webhook = provider.webhook.as_ref().unwrap();
    let Some(Proof::Hmac(scheme)) = webhook.proofs.first() else { panic!("{} signs nothing", provider.slug) };
    let kept = webhook.kept_headers.iter().map(|name| (name.as_str(), "delivery-0"));
    let headers: HeaderMap = [(scheme.header.as_str(), signature), ("content-type", kind)]
        .into_iter()
        .chain(kept)
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    let now: DateTime<Utc> = DateTime::from_timestamp_millis(1_767_323_045_678).unwrap();
    let pushes = provider.vendor.webhooks().unwrap();
    let evidence = Evidence::Secrets(vec![secret.into()]);
    let request = Unverified { headers: &headers, body: body.to_vec().into() };
    request.verify(webhook, pushes, &evidence, now).map(|(verified, _)| verified)
}

/// GitHub's own example is not JSON: its signature is accepted, its body is not.
#[test]
fn the_published_vector_of_github_matches() {
    let github = vendor("github");
    let published = |signature, body: &str| {
        check(github, "It's a Secret to Everybody", signature, "application/json", body.as_bytes()).err()
    };
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(published(signature, "Hello, World!"), Some(Refused::NotJson));
    assert_eq!(published(signature, "Hello, World?"), Some(Refused::WrongSignature));
    let legacy = "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59";
    assert_eq!(published(legacy, "Hello, World!"), Some(Refused::MalformedSignature));
}

/// A form body is signed as the form it is, and read as the JSON in it.
#[test]
fn a_form_body_is_signed_as_it_is() {
    let github = vendor("github");
    let signature = "sha256=3f4ebe4afdde23b075af03563dd81952e5d7aad6d18b022c6721d5be9308602d";
    let body = b"payload=%7B%22zen%22%3A%22x%22%7D";
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let verified = check(github, "gh_test_secret", signature, form, body).unwrap();
    assert_eq!(verified.json(), br#"{"zen":"x"}"#);
    assert_eq!(verified.body().as_ref(), body);
    assert_eq!(check(github, "gh_test_secret", signature, "text/plain", body).err(), Some(Refused::NotJson));
}

/// The signature is over bytes: letters beyond ASCII and emoji are not normalised.
#[test]
fn emoji_are_signed_as_bytes() {
    let github = vendor("github");
    let body = hex::decode("7b227469746c65223a22c3bc6e6963c3b6646520f09f9880227d").unwrap();
    let signature = "sha256=18aa78e45d38f06d8db8be5cdf338cba2cc0253f417b7590125ca93fbaf1430e";
    let verified = check(github, "gh_test_secret", signature, "application/json", &body).unwrap();
    assert_eq!(verified.json(), "{\"title\":\"ünicöde 😀\"}".as_bytes());
}

/// Linear signs the time within the body, and writes no prefix.
#[test]
fn the_vector_of_linear_matches() {
    let linear = vendor("linear");
    let body = concat!(
        r#"{"action":"create","type":"Issue","createdAt":"2026-01-02T03:04:05.678Z","#,
        r#""organizationId":"00000000-0000-4000-8000-000000000001","webhookTimestamp":1767323045678}"#
    );
    let digits = "ea8a54371315f9bf836527c7abfde3fb099f8231c4248aa90e5dd185f0fda0e0";
    let verdict = |signature: &str| {
        let checked = check(linear, "lin_wh_test_secret", signature, "application/json", body.as_bytes());
        checked.map(|verified| verified.body().clone())
    };
    assert_eq!(verdict(digits), Ok(body.into()));
    assert_eq!(verdict(&format!("sha256={digits}")), Err(Refused::MalformedSignature));
}

/// The example that Atlassian publishes, which has no comma, unlike GitHub's; and a delivery of ours, in both cases of digits.
#[test]
fn the_vectors_of_jira_match() {
    let jira = vendor("jira");
    let published = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
    let verdict = |secret, signature: &str, body: &str| {
        check(jira, secret, signature, "application/json", body.as_bytes()).map(|verified| verified.body().clone())
    };
    assert_eq!(verdict("It's a Secret to Everybody", published, "Hello World!"), Err(Refused::NotJson));
    assert_eq!(verdict("It's a Secret to Everybody", published, "Hello, World!"), Err(Refused::WrongSignature));
    let body = concat!(
        r#"{"timestamp":1767323045678,"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_generic","#,
        r#""issue":{"id":"10002","self":"https://acme.atlassian.net/rest/api/2/issue/10002","key":"ED-1"}}"#
    );
    let digits = "4942367b170301f3b5f8e3be3547da4cfddd1e11fd73f19f139c7846f7b1ed1f";
    let ours = |signature: String, body: &str| verdict("jira_admin_secret", &signature, body);
    assert_eq!(ours(format!("sha256={digits}"), body), Ok(body.to_owned().into()));
    assert!(ours(format!("sha256={}", digits.to_ascii_uppercase()), body).is_ok());
    assert_eq!(ours(format!("sha256={digits}"), &format!("{body}\n")), Err(Refused::WrongSignature));
    assert_eq!(ours(digits.to_owned(), body), Err(Refused::MalformedSignature));
    assert_eq!(ours(format!("sha1={}", &digits[..40]), body), Err(Refused::MalformedSignature));
}

/// Slack's own example is a slash command; another is JSON.
#[test]
fn the_vectors_of_slack_match() {
    let slack = vendor("slack");
    let verdict = |secret: &str, time: i64, signature: &str, kind: &str, body: &str| {
        let headers: HeaderMap = [
            ("x-slack-signature", signature),
            ("x-slack-request-timestamp", time.to_string().as_str()),
            ("content-type", kind),
        ]
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
        let request = Unverified { headers: &headers, body: body.to_owned().into() };
        let evidence = Evidence::Secrets(vec![secret.into()]);
        let now = DateTime::from_timestamp(time, 0).unwrap();
        let verified =
            request.verify(slack.webhook.as_ref().unwrap(), slack.vendor.webhooks().unwrap(), &evidence, now);
        verified.map(|(_, arrival)| (arrival.event, arrival.lane))
    };
    let command = concat!(
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar",
        "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com",
        "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d",
        "10d2c447fce8b6703c",
    );
    let published = |signature: &str| {
        let form = "application/x-www-form-urlencoded";
        verdict("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, signature, form, command)
    };
    let digits = "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let read = |event: &str, lane: &str| Ok((event.to_owned(), lane.to_owned()));
    assert_eq!(published(&format!("v0={digits}")), read("slash_command", "T1DC2JH3J"));
    assert_eq!(published(&format!("v1={digits}")), Err(Refused::MalformedSignature));
    let json = concat!(
        r#"{"type":"event_callback","team_id":"T1","event_id":"Ev1","event_time":1700000000,"#,
        r#""event":{"type":"reaction_added"}}"#
    );
    let signature = "v0=af2ec6ed8fe90ddc74a56bcfa6a51cd1b7fc24d1624bf9f70d81e6345e8d5627";
    let checked = verdict("slack_test_secret", 1_700_000_000, signature, "application/json", json);
    assert_eq!(checked, read("reaction_added", "T1"));
}
