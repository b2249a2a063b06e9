//! The key that signs.

use crate::{AccessClaims, Algorithm, PublicKey};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Secret;
use serde::Serialize;

/// The smallest that RFC 7518, 3.3 allows. Whoever asks for RS256 has verifiers that know nothing newer; a key serves a
/// month and its tokens a quarter of an hour, while every signature of 3072 bits costs about three times as much time, and
/// one is made for every session that is read.
const RSA_SIZE: KeySize = KeySize::Rsa2048;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("the machine could not generate a key")]
    Generate,
    #[error("the stored private key is not a key for its algorithm in PKCS#8")]
    PrivateKey,
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
    #[error("the key did not sign")]
    Sign,
}

pub(crate) enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Pair {
    /// RSA takes a quarter of a second or longer.
    fn generate(algorithm: Algorithm) -> Option<(Self, Secret<Vec<u8>>)> {
        match algorithm {
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().ok()?;
                let pkcs8 = pair.to_pkcs8().ok()?.as_ref().to_vec();
                Some((Self::Ed25519(pair), Secret::new(pkcs8)))
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
                let pkcs8 = pair.to_pkcs8v1().ok()?.as_ref().to_vec();
                Some((Self::P256(pair), Secret::new(pkcs8)))
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::generate(RSA_SIZE).ok()?;
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().ok()?;
                let pkcs8 = pkcs8.as_ref().to_vec();
                Some((Self::Rsa(pair), Secret::new(pkcs8)))
            }
        }
    }

    fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).ok().map(Self::Ed25519),
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok().map(Self::P256),
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(pkcs8).ok().map(Self::Rsa),
        }
    }

    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::P256(_) => Algorithm::Es256,
            Self::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The signature in the form of RFC 7518: of fixed length for P-256, not DER.
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ed25519(pair) => Some(pair.try_sign(message).ok()?.as_ref().to_vec()),
            Self::P256(pair) => Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

/// A key pair under its key id.
pub struct Signer {
    kid: String,
    /// `{"alg":"…","kid":"…"}`, already in base64url: it is the same for every token of this key.
    header: String,
    /// The same with the `typ` of access tokens.
    access_header: String,
    pair: Pair,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: Algorithm,
    kid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'static str>,
}

impl Signer {
    /// A new key, and its PKCS#8 form to be sealed and stored. Blocks for as long as a password check where it is RSA.
    pub fn generate(algorithm: Algorithm, kid: &str) -> Result<(Self, Secret<Vec<u8>>), SignError> {
        let (pair, pkcs8) = Pair::generate(algorithm).ok_or(SignError::Generate)?;
        Ok((Self::of(kid, pair)?, pkcs8))
    }

    /// The key that [`Signer::generate`] made earlier.
    pub fn from_pkcs8(algorithm: Algorithm, kid: &str, pkcs8: &Secret<Vec<u8>>) -> Result<Self, SignError> {
        Self::of(kid, Pair::from_pkcs8(algorithm, pkcs8.expose()).ok_or(SignError::PrivateKey)?)
    }

    fn of(kid: &str, pair: Pair) -> Result<Self, SignError> {
        let header = |typ| {
            let header = serde_json::to_vec(&Header { alg: pair.algorithm(), kid, typ }).map_err(SignError::Claims)?;
            Ok(URL_SAFE_NO_PAD.encode(header))
        };
        // No `typ`: Better Auth writes none, and its clients compare the header as a whole.
        let (plain, access) = (header(None)?, header(Some("at+jwt"))?);
        Ok(Self { kid: kid.to_owned(), header: plain, access_header: access, pair })
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub const fn algorithm(&self) -> Algorithm {
        self.pair.algorithm()
    }

    /// The bytes that verify: 32 of Ed25519, the uncompressed point of P-256, the `RSAPublicKey` of RFC 8017 in DER.
    pub fn public_bytes(&self) -> &[u8] {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::P256(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair) => pair.public_key().as_ref(),
        }
    }

    /// The member of the JWKS.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::of(&self.kid, &self.pair)
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        self.sign_under(&self.header, claims)
    }

    /// An access token (RFC 9068), which says in its header that it is one.
    pub fn sign_access_token(&self, claims: &AccessClaims) -> Result<String, SignError> {
        self.sign_under(&self.access_header, claims)
    }

    fn sign_under(&self, header: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let claims = serde_json::to_vec(claims).map_err(SignError::Claims)?;
        let mut token = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(token.as_bytes()).ok_or(SignError::Sign)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}
