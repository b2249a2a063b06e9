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
