//! The two signature schemes: HMAC-SHA256 over the exact body, keyed with the secret's UTF-8 bytes as displayed.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use sha2::Sha256;

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
