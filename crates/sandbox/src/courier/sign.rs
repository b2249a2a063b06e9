//! The signature schemes: HMAC-SHA256 over the exact body, keyed with the secret's UTF-8 bytes as displayed. Only Jira's
//! token leaves the body out.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use serde_json::json;
use sha2::Sha256;

/// How long Jira's token is good for.
const JIRA_TOKEN_LIFE: TimeDelta = TimeDelta::seconds(180);

/// The value of GitHub's `X-Hub-Signature-256`: `sha256=` and 64 hex digits.
pub fn sign_github(secret: &Secret, body: &[u8]) -> String {
    format!("sha256={}", sign_linear(secret, body))
}

/// The value of Linear's `Linear-Signature`: 64 hex digits and no prefix.
pub fn sign_linear(secret: &Secret, body: &[u8]) -> String {
    // HMAC takes keys of every length, so the empty case cannot come up; an empty signature would be refused anyway.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// The value of Slack's `X-Slack-Signature`: `v0=` and 64 hex digits, over the time in the header beside it and the body.
pub fn sign_slack(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    let signed = [b"v0:", timestamp.as_bytes(), b":", body].concat();
    format!("v0={}", sign_linear(secret, &signed))
}

/// The token that a Jira app's hooks bring in `Authorization`: HS256 with the client's secret, dated and nothing else.
pub(crate) fn sign_jira_token(secret: &Secret, issued_at: DateTime<Utc>) -> String {
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let claims = json!({"iat": issued_at.timestamp(), "exp": (issued_at + JIRA_TOKEN_LIFE).timestamp()});
    let signed = format!("{}.{}", part(json!({"alg": "HS256", "typ": "JWT"}).to_string()), part(claims.to_string()));
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return String::new() };
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
