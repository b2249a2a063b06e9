//! The door for webhooks, asked at every provider that signs its requests.

use crate::fixtures::{SECRET, Signing, signing};
use bytes::Bytes;
use http::HeaderName;
use providers::{Freshness, Refused};

/// What the vendor signs gets in, in lower and upper case digits.
#[test]
fn a_signed_delivery_is_accepted() {
    for one in signing() {
        let body = one.body(0);
        let signed = one.sign(SECRET, &body, 0);
        let (prefix, digits) = signed.split_at(one.prefix().len());
        let loud = format!("{prefix}{}", digits.to_ascii_uppercase());
        assert_eq!(one.verdict(&[&signed], body.clone()), Ok(()), "{} refuses its own signature", one.provider.slug);
        assert_eq!(one.verdict(&[&loud], body.clone()), Ok(()), "{} refuses upper-case digits", one.provider.slug);
    }
}

/// The bytes, event and delivery id come out as they went in.
#[test]
fn what_was_verified_is_what_arrived() {
    for one in signing() {
        let body = one.body(0);
        let headers = one.headers([one.sign(SECRET, &body, 0).as_str()], 0);
        let verified = one.check(&headers, body.clone(), &[SECRET]).unwrap();
        assert_eq!(verified.body(), &body);
        assert_eq!(verified.headers().event, "event", "{}", one.provider.slug);
        assert!(verified.headers().delivery_id.contains("delivery-0"), "{}", one.provider.slug);
    }
}

/// Any byte of the body counts: every single one is flipped in turn, and one is added and one taken away.
#[test]
fn a_tampered_byte_is_refused() {
    for one in signing() {
        let body = one.body(0);
        let signature = one.sign(SECRET, &body, 0);
        let mut changed: Vec<Vec<u8>> = (0..body.len())
            .map(|at| {
                let mut bytes = body.to_vec();
                bytes[at] ^= 1;
                bytes
            })
            .collect();
        changed.push([&body[..], b"\n"].concat());
        changed.push(body[..body.len() - 1].to_vec());
        changed.push(Vec::new());
        for bytes in changed {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let verdict = one.verdict(&[&signature], bytes.into());
            assert_eq!(verdict, Err(Refused::WrongSignature), "{} accepts {text}", one.provider.slug);
        }
    }
}

/// A header that is missing, doubled, of another form or of another secret is refused, each with its own word.
#[test]
fn a_signature_that_is_none_is_refused() {
    for one in signing() {
        let body = one.body(0);
        let good = one.sign(SECRET, &body, 0);
        let prefix = one.prefix();
        let digits = &good[prefix.len()..];
        let other = one.sign("another secret", &body, 0);
        let with = |digits: &str| format!("{prefix}{digits}");
        let last = if digits.ends_with('0') { "1" } else { "0" };
        let cases: [(&str, Vec<String>, Refused); 11] = [
            ("no header", vec![], Refused::MissingSignature),
            ("the same header twice", vec![good.clone(), good.clone()], Refused::SeveralSignatures),
            ("a good one behind a bad one", vec![other.clone(), good.clone()], Refused::SeveralSignatures),
            ("an empty header", vec![String::new()], Refused::MalformedSignature),
            ("62 digits", vec![with(&digits[..62])], Refused::MalformedSignature),
            ("63 digits", vec![with(&digits[..63])], Refused::MalformedSignature),
            ("66 digits", vec![with(&format!("{digits}00"))], Refused::MalformedSignature),
            ("a letter that is no digit", vec![with(&format!("{}g", &digits[..63]))], Refused::MalformedSignature),
            ("SHA-1", vec![format!("sha1={}", &digits[..40])], Refused::MalformedSignature),
            ("another last digit", vec![with(&format!("{}{last}", &digits[..63]))], Refused::WrongSignature),
            ("another secret", vec![other.clone()], Refused::WrongSignature),
        ];
        for (what, signatures, refused) in cases {
            let signatures: Vec<&str> = signatures.iter().map(String::as_str).collect();
            assert_eq!(one.verdict(&signatures, body.clone()), Err(refused), "{}: {what}", one.provider.slug);
        }
        if !prefix.is_empty() {
            assert_eq!(one.verdict(&[digits], body), Err(Refused::MalformedSignature), "{}", one.provider.slug);
        }
    }
}

/// Without a secret webhooks are off; an empty one is none, even for who signs with it.
#[test]
fn an_empty_secret_accepts_nothing() {
    for one in signing() {
        let body = one.body(0);
        let headers = one.headers([one.sign("", &body, 0).as_str()], 0);
        let check = |secrets: &[&str]| one.check(&headers, body.clone(), secrets).map(|_| ());
        assert_eq!(check(&[]), Err(Refused::NoSecret), "{}", one.provider.slug);
        assert_eq!(check(&[""]), Err(Refused::NoSecret), "{}", one.provider.slug);
        assert_eq!(check(&["", SECRET]), Err(Refused::WrongSignature), "{}", one.provider.slug);
    }
}

/// While a secret is being changed, both are good, in either order; a third is not.
#[test]
fn two_secrets_are_live_during_a_rotation() {
    for one in signing() {
        let body = one.body(0);
        let check = |secret: &str| {
            let headers = one.headers([one.sign(secret, &body, 0).as_str()], 0);
            one.check(&headers, body.clone(), &["the new secret", "the old secret"]).map(|_| ())
        };
        assert_eq!(check("the new secret"), Ok(()), "{} refuses the new secret", one.provider.slug);
        assert_eq!(check("the old secret"), Ok(()), "{} refuses the old secret", one.provider.slug);
        assert_eq!(check("a third secret"), Err(Refused::WrongSignature), "{}", one.provider.slug);
    }
}

/// Where the vendor signs a time, it must be there and near: a second beyond the tolerance is too much on either side.
#[test]
fn a_signed_time_must_be_near() {
    for one in signing() {
        let (Freshness::BodyMillis { tolerance, .. } | Freshness::Header { tolerance, .. }) = &one.scheme.freshness
        else {
            continue;
        };
        let check = |seconds_ago: i64| {
            let body = one.body(seconds_ago);
            let headers = one.headers([one.sign(SECRET, &body, seconds_ago).as_str()], seconds_ago);
            one.check(&headers, body, &[SECRET]).map(|_| ())
        };
        let edge = tolerance.num_seconds();
        for (seconds_ago, expected) in [
            (edge, Ok(())),
            (-edge, Ok(())),
            (edge + 1, Err(Refused::Stale)),
            (-edge - 1, Err(Refused::Stale)),
            (i64::MAX / 4_000_000, Err(Refused::Stale)),
        ] {
            let stale = check(seconds_ago);
            // Beyond what a date can hold there is no time at all.
            let none = seconds_ago > 10_000_000 && stale == Err(Refused::MissingTime);
            assert!(stale == expected || none, "{}: {seconds_ago} s ago: {stale:?}", one.provider.slug);
        }
        a_time_that_is_none(&one);
    }
}

fn a_time_that_is_none(one: &Signing) {
    match &one.scheme.freshness {
        Freshness::BodyMillis { field, .. } => {
            let check = |body: Bytes| one.verdict(&[&one.sign(SECRET, &body, 0)], body);
            for time in ["null", "\"1767323045000\"", "1767323045000.5", "{}", "-9223372036854775808"] {
                let body = format!("{{\"{field}\":{time}}}");
                assert_eq!(check(body.into()), Err(Refused::MissingTime), "{}: {time}", one.provider.slug);
            }
            assert_eq!(check("{}".into()), Err(Refused::MissingTime), "{} needs no time", one.provider.slug);
        }
        Freshness::Header { name, .. } => {
            let body = one.body(0);
            let mut headers = one.headers([one.sign(SECRET, &body, 0).as_str()], 0);
            headers.remove(name.as_str());
            let missing = one.check(&headers, body.clone(), &[SECRET]).map(|_| ());
            assert_eq!(missing, Err(Refused::MissingTime), "{}", one.provider.slug);
            for time in ["", "soon", "1.5e9"] {
                headers.insert(HeaderName::try_from(name).unwrap(), time.parse().unwrap());
                assert!(one.check(&headers, body.clone(), &[SECRET]).is_err(), "{}: {time}", one.provider.slug);
            }
        }
        Freshness::Unsigned | Freshness::Field { .. } => {}
    }
}

/// Whose webhooks may be set to send no body.
const BODILESS: [&str; 1] = ["jira"];

/// A good signature does not make a body readable.
#[test]
fn a_body_that_is_no_json_object_is_refused() {
    for one in signing() {
        for body in ["", "Hello, World!", "[]", "\"text\"", "7", "null", "{\"a\":", "{} {}", "\u{feff}{}"] {
            if body.is_empty() && BODILESS.contains(&one.provider.slug.as_str()) {
                continue;
            }
            let signature = one.sign(SECRET, body.as_bytes(), 0);
            let verdict = one.verdict(&[&signature], body.into());
            assert_eq!(verdict, Err(Refused::NotJson), "{} accepts {body:?}", one.provider.slug);
        }
    }
}

/// Where the event and the delivery id are in headers, both are needed, once each.
#[test]
fn a_delivery_names_its_event_and_itself() {
    for one in signing() {
        let body = one.body(0);
        let needed = |name: &&String| name.ends_with("-event") || name.ends_with("-delivery");
        for name in one.webhook.kept_headers.iter().filter(needed) {
            for values in [vec![], vec![""], vec![" "], vec!["a", "b"]] {
                let mut headers = one.headers([one.sign(SECRET, &body, 0).as_str()], 0);
                headers.remove(name.as_str());
                for value in &values {
                    headers.append(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
                }
                let verdict = one.check(&headers, body.clone(), &[SECRET]).map(|_| ());
                assert_eq!(verdict, Err(Refused::MissingHeaders), "{}: {name} {values:?}", one.provider.slug);
            }
        }
    }
}
