//! The key that signs, and the half of it that is published.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Secret;
use serde::{Deserialize, Serialize};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("the machine could not generate an Ed25519 key")]
    Generate,
    #[error("the stored private key is not an Ed25519 key in PKCS#8")]
    PrivateKey,
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
}

/// An Ed25519 key pair under its key id.
pub struct Signer {
    kid: String,
    /// `{"alg":"EdDSA","kid":"…"}`, already in base64url: it is the same for every token of this key.
    header: String,
    pair: Ed25519KeyPair,
}

/// What the JWKS says about a [`Signer`]: a JWK of exactly these members, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    pub alg: String,
    pub crv: String,
    /// 32 bytes in base64url.
    pub x: String,
    pub kty: String,
    pub kid: String,
}

impl PublicKey {
    /// An Ed25519 key from its 32 bytes.
    pub fn ed25519(kid: &str, bytes: &[u8]) -> Self {
        Self {
            alg: "EdDSA".to_owned(),
            crv: "Ed25519".to_owned(),
            x: URL_SAFE_NO_PAD.encode(bytes),
            kty: "OKP".to_owned(),
            kid: kid.to_owned(),
        }
    }
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
}

impl Signer {
    /// A new key, and its PKCS#8 form to be sealed and stored.
    pub fn generate(kid: &str) -> Result<(Self, Secret<Vec<u8>>), SignError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| SignError::Generate)?;
        let pkcs8 = pair.to_pkcs8().map_err(|_| SignError::Generate)?;
        Ok((Self::of(kid, pair)?, Secret::new(pkcs8.as_ref().to_vec())))
    }

    /// The key that [`Signer::generate`] made earlier.
    pub fn from_pkcs8(kid: &str, pkcs8: &Secret<Vec<u8>>) -> Result<Self, SignError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.expose()).map_err(|_| SignError::PrivateKey)?;
        Self::of(kid, pair)
    }

    fn of(kid: &str, pair: Ed25519KeyPair) -> Result<Self, SignError> {
        // No `typ`: Better Auth writes none, and its clients compare the header as a whole.
        let header = serde_json::to_vec(&Header { alg: "EdDSA", kid }).map_err(SignError::Claims)?;
        Ok(Self { kid: kid.to_owned(), header: URL_SAFE_NO_PAD.encode(header), pair })
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The 32 bytes that verify.
    pub fn public_bytes(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The member of the JWKS.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::ed25519(&self.kid, self.public_bytes())
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        let claims = serde_json::to_vec(claims).map_err(SignError::Claims)?;
        let mut token = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Ok(token)
    }
}
