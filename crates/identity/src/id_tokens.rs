//! What another issuer says about a person who signed in there: the ID token of OpenID Connect.

use crate::{
    Algorithm, VerifyError,
    cache::{Cache, Fetching},
    claims::{Audience, present, unique},
    token::Kind,
    verifier::{check_times, proven},
};
use kernel::Clock;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// OpenID Connect Core, 2: a subject has at most 255 ASCII characters.
const MAX_SUBJECT: usize = 255;

/// Whose ID tokens are believed.
#[derive(Debug, Clone)]
pub struct IdTokenRules {
    /// Every spelling of `iss` that the issuer is documented to use, compared whole.
    pub issuers: Vec<String>,
    /// Our own id at the issuer.
    pub client_id: String,
    /// What it signs with.
    pub algorithms: Vec<Algorithm>,
}

/// Checks ID tokens as OpenID Connect Core, 3.1.3.7 asks. Clones share the keys.
#[derive(Clone)]
pub struct IdTokens {
    rules: Arc<IdTokenRules>,
    clock: Clock,
    cache: Arc<Cache>,
}

/// What an ID token that holds says about the person.
#[derive(Debug, Clone, PartialEq)]
pub struct IdClaims {
    /// Names the person at this issuer, forever.
    pub sub: String,
    pub email: Option<String>,
    /// False unless the issuer says that the address is the person's.
    pub email_verified: bool,
    pub name: Option<String>,
    pub picture: Option<String>,
    /// Every claim, as it came.
    pub raw: Map<String, Value>,
}

/// The claims that are checked; their absence or a wrong type is refused.
#[derive(Clone, Deserialize)]
struct Checked {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<i64>,
    azp: Option<String>,
    nonce: Option<String>,
}

impl IdTokens {
    /// Nothing is fetched yet. `fetch` gets the issuer's JWKS.
    pub fn new(rules: IdTokenRules, clock: Clock, fetch: impl Fn() -> Fetching + Send + Sync + 'static) -> Self {
        let cache = Arc::new(Cache::new(clock.clone(), Box::new(fetch)));
        Self { rules: Arc::new(rules), clock, cache }
    }

    /// The claims of a token that holds in every respect. `nonce` is the one that was sent with the authorization request,
    /// if there was one; the token must then repeat it.
    pub async fn verify(&self, token: &str, nonce: Option<&str>) -> Result<IdClaims, VerifyError> {
        let (_, payload) = proven(&self.cache, &self.rules.algorithms, Kind::Plain, token).await?;
        let raw = unique(&payload).map_err(|_| VerifyError::Malformed)?;
        let checked = Checked::deserialize(&raw).map_err(|_| VerifyError::Malformed)?;
        self.check(&checked, nonce)?;
        Ok(claims(checked.sub, raw))
    }

    /// The same for a token that a service of the issuer's sends to us: its `azp` names that service, not us.
    pub async fn verify_service(&self, token: &str) -> Result<IdClaims, VerifyError> {
        let (_, payload) = proven(&self.cache, &self.rules.algorithms, Kind::Plain, token).await?;
        let raw = unique(&payload).map_err(|_| VerifyError::Malformed)?;
        let checked = Checked::deserialize(&raw).map_err(|_| VerifyError::Malformed)?;
        let alone =
            matches!(&checked.aud, Audience::One(_)) || matches!(&checked.aud, Audience::Many(many) if many.len() == 1);
        if !alone {
            return Err(VerifyError::WrongAudience);
        }
        self.check(&Checked { azp: None, ..checked.clone() }, None)?;
        Ok(claims(checked.sub, raw))
    }

    fn check(&self, claims: &Checked, nonce: Option<&str>) -> Result<(), VerifyError> {
        if !self.rules.issuers.contains(&claims.iss) {
            return Err(VerifyError::WrongIssuer);
        }
        let ours = &self.rules.client_id;
        // With several audiences `azp` must say that the token was issued to us; where it is present it must not say
        // otherwise.
        let several = matches!(&claims.aud, Audience::Many(many) if many.len() > 1);
        let issued_to_us = claims.azp.as_ref().map_or(!several, |party| party == ours);
        if !claims.aud.contains(ours) || !issued_to_us {
            return Err(VerifyError::WrongAudience);
        }
        if !(1..=MAX_SUBJECT).contains(&claims.sub.len()) || !claims.sub.is_ascii() {
            return Err(VerifyError::Malformed);
        }
        check_times(claims.exp, claims.nbf, Some(claims.iat), &self.clock)?;
        // Not a secret that could be guessed byte by byte: whoever sends the token has seen it.
        if nonce.is_some() && claims.nonce.as_deref() != nonce {
            return Err(VerifyError::WrongNonce);
        }
        Ok(())
    }
}

fn claims(sub: String, raw: Map<String, Value>) -> IdClaims {
    let text = |name: &str| raw.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    IdClaims {
        email: text("email"),
        // Some issuers write it as text.
        email_verified: matches!(raw.get("email_verified"), Some(Value::Bool(true)))
            || text("email_verified").as_deref() == Some("true"),
        name: text("name"),
        picture: text("picture"),
        sub,
        raw,
    }
}
