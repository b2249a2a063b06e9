//! A JWT that the vendor signs with our client's secret. It says that the vendor speaks, and nothing about the body.

use super::Refused;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use serde_json::Value;
use sha2::Sha256;

/// What clocks may differ by.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// Longer is no token of a webhook.
const LONGEST: usize = 8 * 1024;

/// The algorithm is HS256 and no other; `iat` and `exp` are there, whole numbers, and now is between them.
pub(super) fn check(token: &str, secrets: &[Secret], now: DateTime<Utc>) -> Result<(), Refused> {
    if token.len() > LONGEST {
        return Err(Refused::MalformedSignature);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refused::MalformedSignature);
    };
    let header = members(header)?;
    if header.get("alg").and_then(Value::as_str) != Some("HS256") || header.get("crit").is_some() {
        return Err(Refused::MalformedSignature);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::MalformedSignature)?;
    let signed = &token.as_bytes()[..token.len() - token.rsplit('.').next().map_or(0, str::len) - 1];
    let keys: Vec<&Secret> = secrets.iter().filter(|secret| !secret.expose().is_empty()).collect();
    if keys.is_empty() {
        return Err(Refused::NoSecret);
    }
    // All are tried, so that the time taken does not tell which one is current.
    if keys.iter().filter(|key| signed_by(key.expose().as_bytes(), signed, &signature)).count() == 0 {
        return Err(Refused::WrongSignature);
    }
    let claims = members(payload)?;
    let time = |name: &str| claims.get(name).and_then(Value::as_i64).and_then(|at| DateTime::from_timestamp(at, 0));
    let (issued, expires) = (time("iat").ok_or(Refused::MissingTime)?, time("exp").ok_or(Refused::MissingTime)?);
    let begins = match claims.get("nbf") {
        Some(_) => time("nbf").ok_or(Refused::MissingTime)?.max(issued),
        None => issued,
    };
    if now <= expires + LEEWAY && begins <= now + LEEWAY { Ok(()) } else { Err(Refused::Stale) }
}

fn members(part: &str) -> Result<serde_json::Map<String, Value>, Refused> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::MalformedSignature)?;
    serde_json::from_slice(&bytes).map_err(|_| Refused::MalformedSignature)
}

fn signed_by(secret: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(signed);
    mac.verify_slice(signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SECRET: &str = "a client secret, 32 bytes or more";
    /// `{"iat":1767323045,"exp":1767323225}`, signed by another program.
    const TOKEN: &str = concat!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyMzIyNX0",
        ".qK6L_KIfi49CZVyY_UWfLYWfAVKFekZ3NjWmeB5wDB4"
    );
    const NOW: i64 = 1_767_323_100;

    fn verdict(token: &str, secrets: &[&str], now: i64) -> Result<(), Refused> {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| (*secret).into()).collect();
        check(token, &secrets, DateTime::from_timestamp(now, 0).unwrap())
    }

    /// A token of these parts, signed with the secret whatever its header says.
    fn signed(header: &Value, claims: &Value) -> String {
        let text =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn of(claims: &Value) -> Result<(), Refused> {
        verdict(&signed(&json!({"alg": "HS256"}), claims), &[SECRET], NOW)
    }

    /// From a minute before it was issued to a minute after it has ended.
    #[test]
    fn a_token_is_good_for_its_time() {
        for (now, expected) in [
            (1_767_322_984, Err(Refused::Stale)),
            (1_767_322_985, Ok(())),
            (NOW, Ok(())),
            (1_767_323_225, Ok(())),
            (1_767_323_285, Ok(())),
            (1_767_323_286, Err(Refused::Stale)),
            (1_767_323_300, Err(Refused::Stale)),
        ] {
            assert_eq!(verdict(TOKEN, &[SECRET], now), expected, "{now}");
        }
    }

    /// Any of several secrets may have signed; none, and an empty one, are no secret, even for who signs with it.
    #[test]
    fn a_token_is_signed_with_a_secret_of_ours() {
        assert_eq!(verdict(TOKEN, &["new", SECRET], NOW), Ok(()));
        assert_eq!(verdict(TOKEN, &[SECRET, "new"], NOW), Ok(()));
        assert_eq!(verdict(TOKEN, &["another"], NOW), Err(Refused::WrongSignature));
        assert_eq!(verdict(TOKEN, &[], NOW), Err(Refused::NoSecret));
        assert_eq!(verdict(TOKEN, &[""], NOW), Err(Refused::NoSecret));
        let (text, _) = TOKEN.rsplit_once('.').unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(b"").unwrap();
        mac.update(text.as_bytes());
        let forged = format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        assert_eq!(verdict(&forged, &["", SECRET], NOW), Err(Refused::WrongSignature));
    }

    /// The header does not choose the algorithm.
    #[test]
    fn no_other_algorithm_is_taken() {
        let claims = json!({"iat": 1_767_323_045, "exp": 1_767_323_225});
        for header in [
            json!({"alg": "none"}),
            json!({"alg": "RS256"}),
            json!({"alg": "HS512"}),
            json!({"alg": "hs256"}),
            json!({"alg": ["HS256"]}),
            json!({"typ": "JWT"}),
            json!({"alg": "HS256", "crit": ["exp"]}),
            json!("HS256"),
        ] {
            assert_eq!(
                verdict(&signed(&header, &claims), &[SECRET], NOW),
                Err(Refused::MalformedSignature),
                "{header}"
            );
        }
        let text = signed(&json!({"alg": "none"}), &claims);
        let (unsigned, _) = text.rsplit_once('.').unwrap();
        assert_eq!(verdict(&format!("{unsigned}."), &[SECRET], NOW), Err(Refused::MalformedSignature));
    }

    /// Each byte of what is signed counts, and so does each of the signature.
    #[test]
    fn a_changed_token_is_refused() {
        for at in 0..TOKEN.len() {
            let mut bytes = TOKEN.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(verdict(&changed, &[SECRET], NOW).is_err(), "{changed}");
        }
        let (text, signature) = TOKEN.rsplit_once('.').unwrap();
        let other = signed(&json!({"alg": "HS256"}), &json!({"iat": 1, "exp": 2}));
        let (_, of_another) = other.rsplit_once('.').unwrap();
        assert_eq!(verdict(&format!("{text}.{of_another}"), &[SECRET], NOW), Err(Refused::WrongSignature));
        assert!(verdict(&format!("{text}.{}", &signature[..42]), &[SECRET], NOW).is_err());
    }

    /// Two parts, four, something that is no base64url, and what is far too long.
    #[test]
    fn what_is_no_token_is_refused() {
        let (text, signature) = TOKEN.rsplit_once('.').unwrap();
        let long = "A".repeat(LONGEST + 1);
        let texts = [String::new(), ".".into(), "..".into(), "a.b.c".into(), text.into(), long];
        let written = [
            format!("{TOKEN}.{signature}"),
            format!("{TOKEN}="),
            format!("{text}.{}", signature.replace(['-', '_'], "+")),
            format!(" {TOKEN}"),
        ];
        for token in texts.iter().chain(&written) {
            assert_eq!(verdict(token, &[SECRET], NOW), Err(Refused::MalformedSignature), "{token}");
        }
    }

    /// Both times are there and whole numbers; a third, where it is there, counts as well. Whom it is for is not asked.
    #[test]
    fn a_token_says_when_it_was_issued_and_ends() {
        let (iat, exp) = (1_767_323_045, 1_767_323_225);
        assert_eq!(of(&json!({"iat": iat, "exp": exp, "nbf": iat, "aud": "anybody", "iss": "x"})), Ok(()));
        for claims in [
            json!({"iat": iat}),
            json!({"exp": exp}),
            json!({"iat": iat, "exp": "1767323225"}),
            json!({"iat": iat, "exp": 1_767_323_225.5}),
            json!({"iat": "1767323045", "exp": exp}),
            json!({"iat": iat, "exp": null}),
            json!({"iat": iat, "exp": i64::MAX}),
            json!({"iat": iat, "exp": exp, "nbf": "soon"}),
        ] {
            assert_eq!(of(&claims), Err(Refused::MissingTime), "{claims}");
        }
        assert_eq!(of(&json!({"iat": iat, "exp": exp, "nbf": NOW + 61})), Err(Refused::Stale));
        assert_eq!(of(&json!([])), Err(Refused::MalformedSignature));
    }
}
