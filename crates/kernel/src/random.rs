//! Randomness from the operating system, and the digest under which random tokens are stored.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{RngExt, rngs::ThreadRng};
use sha2::{Digest, Sha256};

/// `N` random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    ThreadRng::default().random()
}

/// A 256-bit token, 43 characters of base64url. What is handed out; store [`sha256`] of it.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// `length` characters of `[a-zA-Z0-9]`, about 5.95 bits each.
pub fn alphanumeric(length: usize) -> String {
    let mut rng = ThreadRng::default();
    (0..length).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect()
}

/// SHA-256. Enough for tokens of 128 random bits and more; never for passwords.
pub fn sha256(value: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(value.as_ref()).into()
}
