//! Id tokens, really signed: RS256 with a key of this run. Some are flawed on demand, because a check that was never seen
//! to refuse is none.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::OnceLock;

/// What is wrong with an id token.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flaw {
    /// The token answer brings none.
    Missing,
    Malformed,
    WrongIssuer,
    WrongAudience,
    /// Ended an hour ago.
    Expired,
    /// Issued two hours ago and not yet ended.
    Stale,
    WrongNonce,
    WrongSubject,
    /// One bit of it.
    WrongSignature,
    /// Signed by a key that is not published, under the id of the one that is.
    ForeignKey,
    /// The key id is not published.
    UnknownKey,
    /// `alg: none`, and no signature.
    AlgNone,
    /// HMAC with the published modulus as the secret.
    AlgHs256,
}

impl Flaw {
    /// What it does to the claims.
    pub(crate) fn spoil(self, claims: &mut Value) {
        let (iat, exp) = (claims["iat"].as_i64().unwrap_or_default(), claims["exp"].as_i64().unwrap_or_default());
        match self {
            Self::WrongIssuer => claims["iss"] = json!("https://issuer.invalid"),
            Self::WrongAudience => claims["aud"] = json!("another-client"),
            Self::Expired => (claims["iat"], claims["exp"]) = (json!(iat - 7200), json!(exp - 7200)),
            Self::Stale => claims["iat"] = json!(iat - 7200),
            Self::WrongNonce => claims["nonce"] = json!("another-nonce"),
            Self::WrongSubject => claims["sub"] = json!("999000999"),
            Self::Missing
            | Self::Malformed
            | Self::WrongSignature
            | Self::ForeignKey
            | Self::UnknownKey
            | Self::AlgNone
            | Self::AlgHs256 => {}
        }
    }
}

struct Key {
    pair: KeyPair,
    modulus: String,
    exponent: String,
}

/// One for all vendors of a process: making one takes a moment, and most runs never need it.
static KEY: OnceLock<Option<Key>> = OnceLock::new();
const KEY_ID: &str = "sandbox-1";

fn generate() -> Option<Key> {
    let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
    let public = pair.public_key();
    let bytes = |number: aws_lc_rs::io::Positive<'_>| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero());
    let (modulus, exponent) = (bytes(public.modulus()), bytes(public.exponent()));
    Some(Key { pair, modulus, exponent })
}

fn published() -> Option<&'static Key> {
    KEY.get_or_init(generate).as_ref()
}

/// Makes the key now, so that the first exchange does not wait for it.
pub(crate) fn prepare() {
    published();
}

/// The keys that a vendor publishes.
pub(crate) fn jwks() -> Value {
    let keys = published().map(
        |key| json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": key.modulus, "e": key.exponent}),
    );
    json!({ "keys": keys.into_iter().collect::<Vec<_>>() })
}

/// What an access token is bound to an id token by (OpenID Connect Core 3.1.3.6).
pub(crate) fn access_token_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&kernel::sha256(access_token)[..16])
}

/// The claims as a token, with the flaw that was ordered. `None`: without one.
pub(crate) fn issue(mut claims: Value, flaw: Option<Flaw>) -> Option<String> {
    let key = published()?;
    let flawed = |each: Flaw| flaw == Some(each);
    match flaw {
        Some(Flaw::Missing) => return None,
        Some(Flaw::Malformed) => return Some("not.a.token".to_owned()),
        Some(flaw) => flaw.spoil(&mut claims),
        None => {}
    }
    let algorithm = match flaw {
        Some(Flaw::AlgNone) => "none",
        Some(Flaw::AlgHs256) => "HS256",
        _ => "RS256",
    };
    let key_id = if flawed(Flaw::UnknownKey) { "sandbox-0" } else { KEY_ID };
    let header = json!({"alg": algorithm, "typ": "JWT", "kid": key_id});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let mut signature = match flaw {
        Some(Flaw::AlgNone) => Vec::new(),
        Some(Flaw::AlgHs256) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.modulus.as_bytes()).ok()?;
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        Some(Flaw::ForeignKey) => rs256(&generate()?.pair, &signed)?,
        _ => rs256(&key.pair, &signed)?,
    };
    if flawed(Flaw::WrongSignature)
        && let Some(byte) = signature.last_mut()
    {
        *byte ^= 1;
    }
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn rs256(pair: &KeyPair, text: &str) -> Option<Vec<u8>> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};

    fn holds(token: &str) -> bool {
        let key = &jwks()["keys"][0];
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        let key = DecodingKey::from_rsa_components(&text("n"), &text("e")).unwrap();
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        jsonwebtoken::decode::<Value>(token, &key, &rules).is_ok()
    }

    /// A token is signed by the published key; one that is flawed in its signature is not.
    #[test]
    fn signatures_hold_unless_they_are_flawed() {
        let claims = json!({"sub": "1", "iat": 1, "exp": 2});
        assert!(holds(&issue(claims.clone(), None).unwrap()));
        for flaw in [Flaw::Malformed, Flaw::WrongSignature, Flaw::ForeignKey, Flaw::AlgNone, Flaw::AlgHs256] {
            assert!(!holds(&issue(claims.clone(), Some(flaw)).unwrap()));
        }
        assert_eq!(issue(claims, Some(Flaw::Missing)), None);
    }

    /// A flaw in the claims leaves the signature good and changes one thing.
    #[test]
    fn claims_are_spoilt_one_at_a_time() {
        let claims = json!({"iss": "i", "aud": "a", "sub": "1", "nonce": "n", "iat": 10_000, "exp": 13_600});
        for (flaw, changed) in [
            (Flaw::WrongIssuer, &["iss"][..]),
            (Flaw::WrongAudience, &["aud"]),
            (Flaw::WrongSubject, &["sub"]),
            (Flaw::WrongNonce, &["nonce"]),
            (Flaw::Expired, &["exp", "iat"]),
            (Flaw::Stale, &["iat"]),
        ] {
            assert!(holds(&issue(claims.clone(), Some(flaw)).unwrap()));
            let mut spoilt = claims.clone();
            flaw.spoil(&mut spoilt);
            let members = claims.as_object().unwrap().iter();
            let differing: Vec<&str> = members
                .filter(|(name, value)| spoilt[name.as_str()] != **value)
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!(differing, changed);
        }
    }
}
