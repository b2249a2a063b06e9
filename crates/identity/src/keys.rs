//! The issuer's published keys, as far as we are willing to use them.

use crate::{Algorithm, claims::Claims, token::Token};
use aws_lc_rs::digest::{self, SHA256};
use jsonwebtoken::DecodingKey;
use moka::sync::Cache;
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc};

/// A JWKS larger than this is not one.
const MAX_BYTES: usize = 64 * 1024;
/// An issuer in the middle of a rotation publishes two or three.
const MAX_KEYS: usize = 20;
const MAX_KID: usize = 256;

/// Why a document is not used as a key set.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    #[error("the key set is larger than 64 KiB")]
    TooLarge,
    #[error("the document is not a JSON key set")]
    NotAKeySet(#[source] serde_json::Error),
    #[error("the key set has more than 20 keys")]
    TooManyKeys,
    #[error("two keys of the set share a key id")]
    AmbiguousKeyId,
    #[error("the key set has no key that may be used")]
    NoUsableKey,
}

/// Tokens that one set has proven, at most: the callers of a large deployment while it is fresh.
const MOST_PROVEN: u64 = 10_000;

/// The name of a token that has been proven: SHA-256 over all of it.
type Digest = [u8; 32];

/// Keys by id, each bound to the one algorithm it was published for.
pub struct KeySet {
    keys: HashMap<String, Key>,
    /// Digests of tokens whose signatures hold by these keys. They go with the set: a key that is withdrawn takes what it has
    /// signed along.
    proven: Cache<Digest, ()>,
    /// What a session's tokens say whose signatures hold by these keys, which does not change either. Whom it is said to, and whether
    /// it is still true, is looked at each time.
    said: Cache<Digest, Arc<Claims>>,
}

pub(crate) struct Key {
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    /// Required. A key without it would have to take the token's word for the algorithm (CVE-2026-22817).
    alg: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// Reads a JWKS. A key that we cannot or will not use is passed over, because issuers publish keys for others too; a
    /// document without any usable key is an error, so that it does not replace a good one.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        if json.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let document: Document = serde_json::from_slice(json).map_err(KeySetError::NotAKeySet)?;
        if document.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys);
        }
        let mut keys = HashMap::new();
        for value in document.keys {
            let Some((kid, key)) = serde_json::from_value(value).ok().and_then(usable) else { continue };
            if keys.insert(kid, key).is_some() {
                return Err(KeySetError::AmbiguousKeyId);
            }
        }
        if keys.is_empty() {
            return Err(KeySetError::NoUsableKey);
        }
        Ok(Self { keys, proven: Cache::new(MOST_PROVEN), said: Cache::new(MOST_PROVEN) })
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&Key> {
        self.keys.get(kid)
    }

    /// Whether the signature of a token holds by a key of this set. Once shown, that stays true of the same bytes: it is shown
    /// once. Everything else in the token is looked at each time.
    pub(crate) fn proves(&self, key: &Key, token: &Token<'_>) -> bool {
        let name = name(&[token.signed, ".", token.signature]);
        if self.proven.contains_key(&name) {
            return true;
        }
        let holds =
            jsonwebtoken::crypto::verify(token.signature, token.signed.as_bytes(), &key.key, key.algorithm.jose());
        let holds = holds.unwrap_or(false);
        if holds {
            self.proven.insert(name, ());
        }
        holds
    }

    /// What a session's token says, if it has been [`learn`](Self::learn)ed.
    pub(crate) fn said(&self, token: &str) -> Option<Arc<Claims>> {
        self.said.get(&name(&[token]))
    }

    /// To be called with a token that has been proven by this set, and with what it says.
    pub(crate) fn learn(&self, token: &str, claims: &Arc<Claims>) {
        self.said.insert(name(&[token]), Arc::clone(claims));
    }
}

fn name(parts: &[&str]) -> Digest {
    let mut text = digest::Context::new(&SHA256);
    for part in parts {
        text.update(part.as_bytes());
    }
    let mut name = Digest::default();
    name.copy_from_slice(text.finish().as_ref());
    name
}

fn usable(jwk: Jwk) -> Option<(String, Key)> {
    let algorithm = Algorithm::named(&jwk.alg)?;
    if jwk.kid.is_empty() || jwk.kid.len() > MAX_KID || jwk.usage.is_some_and(|usage| usage != "sig") {
        return None;
    }
    let key = match (algorithm, jwk.kty.as_str(), jwk.crv.as_deref()) {
        (Algorithm::EdDsa, "OKP", Some("Ed25519")) => DecodingKey::from_ed_components(&jwk.x?),
        (Algorithm::Es256, "EC", Some("P-256")) => DecodingKey::from_ec_components(&jwk.x?, &jwk.y?),
        (Algorithm::Rs256, "RSA", None) => DecodingKey::from_rsa_components(&jwk.n?, &jwk.e?),
        _ => return None,
    };
    Some((jwk.kid, Key { algorithm, key: key.ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(document: &serde_json::Value) -> Result<Vec<String>, String> {
        KeySet::parse(document.to_string().as_bytes())
            .map(|set| set.keys.into_keys().collect())
            .map_err(|error| error.to_string())
    }

    fn ed25519(kid: &str) -> serde_json::Value {
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": "nd0CtJT8GWlqWWcvEwqG8JFV5JOmp12sYU9p-mhLeAs"})
    }

    /// Keys that are symmetric, without an algorithm, for encryption, of another curve or without an id are passed over.
    #[test]
    fn unusable_keys_are_passed_over() {
        let mut nameless = ed25519("e");
        nameless["alg"].take();
        let mut encrypting = ed25519("f");
        encrypting["use"] = json!("enc");
        let mut without_id = ed25519("");
        without_id["kid"] = json!("");
        let document = json!({"keys": [
            ed25519("good"),
            {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "b"},
            {"kty": "OKP", "crv": "X25519", "alg": "EdDSA", "kid": "c", "x": "AA"},
            {"kty": "EC", "crv": "P-256", "alg": "EdDSA", "kid": "d", "x": "AA", "y": "AA"},
            nameless, encrypting, without_id, 7, null,
        ]});
        assert_eq!(parse(&document), Ok(vec!["good".to_owned()]));
    }

    /// A document that would leave us without a key, or with a doubtful one, is refused as a whole.
    #[test]
    fn doubtful_documents_are_refused() {
        assert_eq!(parse(&json!({"keys": []})), Err("the key set has no key that may be used".to_owned()));
        assert_eq!(parse(&json!([])), Err("the document is not a JSON key set".to_owned()));
        assert_eq!(
            parse(&json!({"keys": [ed25519("a"), ed25519("a")]})),
            Err("two keys of the set share a key id".to_owned())
        );
        let many: Vec<_> = (0..21).map(|n| ed25519(&n.to_string())).collect();
        assert_eq!(parse(&json!({"keys": many})), Err("the key set has more than 20 keys".to_owned()));
        let large = format!("{{\"keys\":[]{}}}", " ".repeat(64 * 1024));
        assert!(matches!(KeySet::parse(large.as_bytes()), Err(KeySetError::TooLarge)));
    }
}
