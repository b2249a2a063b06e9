//! The door for webhooks, asked at every provider.

use crate::fixtures::{SECRET, body, headers, now, pushing, sign, verdict};
use bytes::Bytes;
use http::HeaderName;
use kernel::Secret;
use providers::{Freshness, Refused, Unverified, WebhookScheme};

fn signed(scheme: &WebhookScheme, body: &[u8]) -> String {
    format!("{}{}", scheme.prefix, sign(SECRET, body))
}

/// What the vendor signs gets in, in lower and upper case digits.
#[test]
fn a_signed_delivery_is_accepted() {
    for (provider, scheme) in pushing() {
        let body = body(&scheme, 0);
        let digits = sign(SECRET, &body);
        let loud = format!("{}{}", scheme.prefix, digits.to_ascii_uppercase());
        let verdict = |signature: &str| verdict(&scheme, &[signature], body.clone());
        assert_eq!(verdict(&signed(&scheme, &body)), Ok(()), "{} refuses its own signature", provider.slug);
        assert_eq!(verdict(&loud), Ok(()), "{} refuses upper-case digits", provider.slug);
    }
}

/// The bytes, event and delivery id come out as they went in.
#[test]
fn what_was_verified_is_what_arrived() {
    for (_, scheme) in pushing() {
        let body = body(&scheme, 0);
        let headers = headers(&scheme, [signed(&scheme, &body).as_str()]);
        let delivery = Unverified { headers: &headers, body: body.clone() };
        let verified = delivery.verify(&scheme, &[SECRET.into()], now()).unwrap();
        assert_eq!(verified.body(), &body);
        assert_eq!(
            (verified.headers().event.as_str(), verified.headers().delivery_id.as_str()),
            ("event", "delivery-0")
        );
    }
}

/// Any byte of the body counts: every single one is flipped in turn, and one is added and one taken away.
#[test]
fn a_tampered_byte_is_refused() {
    for (provider, scheme) in pushing() {
        let body = body(&scheme, 0);
        let signature = signed(&scheme, &body);
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
            let verdict = verdict(&scheme, &[&signature], bytes.into());
            assert_eq!(verdict, Err(Refused::WrongSignature), "{} accepts {text}", provider.slug);
        }
    }
}

/// A header that is missing, doubled, of another form or of another secret is refused, each with its own word.
#[test]
fn a_signature_that_is_none_is_refused() {
    for (provider, scheme) in pushing() {
        let scheme = &scheme;
        let body = body(scheme, 0);
        let good = signed(scheme, &body);
        let digits = sign(SECRET, &body);
        let other = format!("{}{}", scheme.prefix, sign("another secret", &body));
        let with = |digits: &str| format!("{}{digits}", scheme.prefix);
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
            assert_eq!(verdict(scheme, &signatures, body.clone()), Err(refused), "{}: {what}", provider.slug);
        }
        if !scheme.prefix.is_empty() {
            assert_eq!(
                verdict(scheme, &[&digits], body.clone()),
                Err(Refused::MalformedSignature),
                "{}",
                provider.slug
            );
        }
    }
}

/// Without a secret webhooks are off; an empty one is none, even for who signs with it.
#[test]
fn an_empty_secret_accepts_nothing() {
    for (provider, scheme) in pushing() {
        let scheme = &scheme;
        let body = body(scheme, 0);
        let with_empty = format!("{}{}", scheme.prefix, sign("", &body));
        let check = |secrets: &[Secret], signature: &str| {
            let headers = headers(scheme, [signature]);
            Unverified { headers: &headers, body: body.clone() }.verify(scheme, secrets, now()).map(|_| ())
        };
        assert_eq!(check(&[], &with_empty), Err(Refused::NoSecret), "{}", provider.slug);
        assert_eq!(check(&["".into()], &with_empty), Err(Refused::NoSecret), "{}", provider.slug);
        assert_eq!(check(&["".into(), SECRET.into()], &with_empty), Err(Refused::WrongSignature), "{}", provider.slug);
    }
}

/// While a secret is being changed, both are good, in either order; a third is not.
#[test]
fn two_secrets_are_live_during_a_rotation() {
    for (provider, scheme) in pushing() {
        let scheme = &scheme;
        let body = body(scheme, 0);
        let secrets: [Secret; 2] = ["the new secret".into(), "the old secret".into()];
        let check = |secret: &str| {
            let headers = headers(scheme, [format!("{}{}", scheme.prefix, sign(secret, &body)).as_str()]);
            Unverified { headers: &headers, body: body.clone() }.verify(scheme, &secrets, now()).map(|_| ())
        };
        assert_eq!(check("the new secret"), Ok(()), "{} refuses the new secret", provider.slug);
        assert_eq!(check("the old secret"), Ok(()), "{} refuses the old secret", provider.slug);
        assert_eq!(check("a third secret"), Err(Refused::WrongSignature), "{}", provider.slug);
    }
}

/// Where the vendor signs a time, it must be there and near: a second beyond the tolerance is too much on either side.
#[test]
fn a_signed_time_must_be_near() {
    for (provider, scheme) in pushing() {
        let scheme = &scheme;
        let Freshness::BodyMillis { field, tolerance } = scheme.freshness else { continue };
        let check = |body: Bytes| {
            let signature = signed(scheme, &body);
            verdict(scheme, &[&signature], body)
        };
        let edge = tolerance.num_seconds();
        for (seconds_ago, expected) in [
            (edge, Ok(())),
            (-edge, Ok(())),
            (edge + 1, Err(Refused::Stale)),
            (-edge - 1, Err(Refused::Stale)),
            (i64::MAX / 4_000_000, Err(Refused::Stale)),
        ] {
            assert_eq!(check(body(scheme, seconds_ago)), expected, "{}: {seconds_ago} s ago", provider.slug);
        }
        for time in ["null", "\"1767323045000\"", "1767323045000.5", "{}", "-9223372036854775808"] {
            let body = format!("{{\"{field}\":{time}}}");
            assert_eq!(check(body.into()), Err(Refused::MissingTime), "{}: {time}", provider.slug);
        }
        assert_eq!(check("{}".into()), Err(Refused::MissingTime), "{} needs no time", provider.slug);
    }
}

/// A good signature does not make a body readable.
#[test]
fn a_body_that_is_no_json_object_is_refused() {
    for (provider, scheme) in pushing() {
        for body in ["", "Hello, World!", "[]", "\"text\"", "7", "null", "{\"a\":", "{} {}", "\u{feff}{}"] {
            let signature = signed(&scheme, body.as_bytes());
            let verdict = verdict(&scheme, &[&signature], body.into());
            assert_eq!(verdict, Err(Refused::NotJson), "{} accepts {body:?}", provider.slug);
        }
    }
}

/// The event and the delivery id are needed, once each.
#[test]
fn a_delivery_names_its_event_and_itself() {
    for (provider, scheme) in pushing() {
        let scheme = &scheme;
        let body = body(scheme, 0);
        for name in [scheme.event_header, scheme.delivery_header] {
            for values in [vec![], vec![""], vec![" "], vec!["a", "b"]] {
                let mut headers = headers(scheme, [signed(scheme, &body).as_str()]);
                headers.remove(name);
                for value in &values {
                    headers.append(HeaderName::from_static(name), value.parse().unwrap());
                }
                let delivery = Unverified { headers: &headers, body: body.clone() };
                let verdict = delivery.verify(scheme, &[SECRET.into()], now()).map(|_| ());
                assert_eq!(verdict, Err(Refused::MissingHeaders), "{}: {name} {values:?}", provider.slug);
            }
        }
    }
}
