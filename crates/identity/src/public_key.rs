//! The published half of a key.

use crate::{Algorithm, signer::Pair};
use aws_lc_rs::signature::KeyPair;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

/// What the JWKS says about a [`Signer`](crate::Signer): a JWK of exactly these members, in this order. There is no `use`,
/// because Better Auth writes none. Numbers are in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PublicKey {
    /// RFC 8037, 2.
    Ed25519 {
        alg: Algorithm,
        crv: &'static str,
        /// 32 bytes.
        x: String,
        kty: &'static str,
        kid: String,
    },
    /// RFC 7518, 6.2.1.
    P256 {
        alg: Algorithm,
        crv: &'static str,
        /// 32 bytes, leading zeros included.
        x: String,
        /// As `x`.
        y: String,
        kty: &'static str,
        kid: String,
    },
    /// RFC 7518, 6.3.1.
    Rsa {
        alg: Algorithm,
        kty: &'static str,
        /// Without leading zeros.
        n: String,
        /// As `n`.
        e: String,
        kid: String,
    },
}

impl PublicKey {
    pub(crate) fn of(kid: &str, pair: &Pair) -> Self {
        let (kid, encode) = (kid.to_owned(), |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes));
        match pair {
            Pair::Ed25519(pair) => {
                let x = encode(pair.public_key().as_ref());
                Self::Ed25519 { alg: Algorithm::EdDsa, crv: "Ed25519", x, kty: "OKP", kid }
            }
            Pair::P256(pair) => {
                // SEC 1, 2.3.3: the byte 4, then both coordinates in full length.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                Self::P256 { alg: Algorithm::Es256, crv: "P-256", x: encode(x), y: encode(y), kty: "EC", kid }
            }
            Pair::Rsa(pair) => {
                let n = encode(pair.public_key().modulus().big_endian_without_leading_zero());
                let e = encode(pair.public_key().exponent().big_endian_without_leading_zero());
                Self::Rsa { alg: Algorithm::Rs256, kty: "RSA", n, e, kid }
            }
        }
    }
}
