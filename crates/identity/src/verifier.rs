//! The check of a token against one issuer's keys.

use crate::{
    AccessTokens, Algorithm,
    cache::{Cache, Fetching},
    claims::{Claims, unique},
    keys::KeySet,
    token::{Kind, MAX_BYTES, Token, decode},
};
use kernel::Clock;
use serde::Deserialize;
use std::sync::Arc;

/// How far two machines' clocks may be apart, in seconds.
const LEEWAY_S: i64 = 30;
/// The end of the year 9999. A later time is a mistake in its unit or an attempt at an overflow.
const LATEST: i64 = 253_402_300_799;

/// Why a token was refused. No variant carries any of the token's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("the token is longer than 8 KiB")]
    TooLong,
    #[error("the token is not a signed JWT with the claims we need")]
    Malformed,
    #[error("the token demands an extension we do not know")]
    CriticalHeader,
    #[error("the token's algorithm is not allowed")]
    AlgorithmRefused,
    #[error("the token's key is not published by the issuer")]
    UnknownKey,
    #[error("the token's signature does not hold")]
    BadSignature,
    #[error("the token comes from another issuer")]
    WrongIssuer,
    #[error("the token is meant for another audience")]
    WrongAudience,
    #[error("the token does not answer the request that was made")]
    WrongNonce,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Not the caller's fault: the issuer has not been reachable for a day, or never was.
    #[error("the issuer's keys are not available")]
    KeysUnavailable,
}

/// Checks tokens of one issuer for one audience. Clones share the keys.
#[derive(Clone)]
pub struct Verifier {
    issuer: Arc<str>,
    audience: Arc<str>,
    clock: Clock,
    cache: Arc<Cache>,
}

impl Verifier {
    /// Nothing is fetched yet: the service may start before the issuer does.
    pub fn new(
        issuer: &str,
        audience: &str,
        clock: Clock,
        fetch: impl Fn() -> Fetching + Send + Sync + 'static,
    ) -> Self {
        let cache = Arc::new(Cache::new(clock.clone(), Box::new(fetch)));
        Self { issuer: issuer.into(), audience: audience.into(), clock, cache }
    }

    /// The claims of a token that holds in every respect. An access token is none of them, whatever its audience.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, VerifyError> {
        let said = self.cache.fresh().filter(|_| token.len() <= MAX_BYTES).and_then(|set| set.said(token));
        let claims = match said {
            Some(claims) => claims,
            None => Box::pin(self.read(token)).await?,
        };
        check(&claims, &self.issuer, &self.audience, &self.clock)?;
        Ok(claims)
    }

    async fn read(&self, token: &str) -> Result<Arc<Claims>, VerifyError> {
        let (set, payload) = proven(&self.cache, &Algorithm::ALL, Kind::Plain, token).await?;
        let claims = unique(&payload).map_err(|_| VerifyError::Malformed)?;
        let claims = Arc::new(Claims::deserialize(claims).map_err(|_| VerifyError::Malformed)?);
        set.learn(token, &claims);
        Ok(claims)
    }

    /// Seconds since the issuer's keys were fetched; `None`: they have not been yet.
    pub fn keys_age_s(&self) -> Option<i64> {
        self.cache.age_s()
    }

    /// The check of the access tokens that clients were given for `resource`, with the same issuer and the same keys.
    pub fn for_resource(&self, resource: &str) -> AccessTokens {
        AccessTokens::new(Arc::clone(&self.issuer), resource.into(), self.clock.clone(), Arc::clone(&self.cache))
    }
}

/// Who speaks, to whom, and when.
pub(crate) fn check(claims: &Claims, issuer: &str, audience: &str, clock: &Clock) -> Result<(), VerifyError> {
    if claims.iss != issuer {
        return Err(VerifyError::WrongIssuer);
    }
    if !claims.aud.contains(audience) {
        return Err(VerifyError::WrongAudience);
    }
    check_times(claims.exp, claims.nbf, claims.iat, clock)
}

/// The payload of a token whose signature holds, by a key that its issuer published for the token's algorithm, and the set of that
/// key.
pub(crate) async fn proven(
    cache: &Arc<Cache>,
    allowed: &[Algorithm],
    kind: Kind,
    token: &str,
) -> Result<(Arc<KeySet>, Vec<u8>), VerifyError> {
    let token = Token::parse(token, kind)?;
    if !allowed.contains(&token.algorithm) {
        return Err(VerifyError::AlgorithmRefused);
    }
    let set = cache.set_for(&token.kid).await.ok_or(VerifyError::KeysUnavailable)?;
    let key = set.get(&token.kid).ok_or(VerifyError::UnknownKey)?;
    if key.algorithm != token.algorithm {
        return Err(VerifyError::AlgorithmRefused);
    }
    // Checked here for its spelling too: the verifying library is not asked to be strict about base64url.
    decode(token.signature)?;
    if !set.proves(key, &token) {
        return Err(VerifyError::BadSignature);
    }
    let payload = decode(token.payload)?;
    Ok((set, payload))
}

/// `exp` is ahead, `nbf` and `iat` are not, give or take what two clocks may be apart.
pub(crate) fn check_times(exp: i64, nbf: Option<i64>, iat: Option<i64>, clock: &Clock) -> Result<(), VerifyError> {
    let now = clock.now().timestamp();
    if !(0..=LATEST).contains(&exp) {
        return Err(VerifyError::Malformed);
    }
    if exp + LEEWAY_S <= now {
        return Err(VerifyError::Expired);
    }
    let future = |time: Option<i64>| time.is_some_and(|time| time.saturating_sub(LEEWAY_S) > now);
    if future(nbf) || future(iat) {
        return Err(VerifyError::NotYetValid);
    }
    Ok(())
}
