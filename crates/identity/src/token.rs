//! A token taken apart, before anything in it is believed.

use crate::{Algorithm, VerifyError, claims::unique};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// Longer tokens are refused before they are looked at, so that length costs nothing (CVE-2025-30204).
const MAX_BYTES: usize = 8 * 1024;

/// The three parts, with the header read.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub algorithm: Algorithm,
    pub kid: String,
    /// What the signature is over.
    pub signed: &'a str,
    pub payload: &'a str,
    pub signature: &'a str,
}

/// Only what is needed: `jku`, `jwk`, `x5u` and `x5c` have no field, so no key can come from there.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: Option<String>,
    /// Whatever it holds, `null` included, we do not know the extension.
    #[serde(default)]
    crit: Present,
}

#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

impl<'a> Token<'a> {
    pub fn parse(token: &'a str) -> Result<Self, VerifyError> {
        if token.len() > MAX_BYTES {
            return Err(VerifyError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(VerifyError::Malformed)?;
        if payload.contains('.') {
            return Err(VerifyError::Malformed);
        }
        let header = unique(&decode(header)?).map_err(|_| VerifyError::Malformed)?;
        let header = Header::deserialize(header).map_err(|_| VerifyError::Malformed)?;
        if header.crit.0 {
            return Err(VerifyError::CriticalHeader);
        }
        // Other kinds of JWT (an e-mail verification, an access token of another server) say so here.
        if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(VerifyError::Malformed);
        }
        let algorithm = Algorithm::named(&header.alg).ok_or(VerifyError::AlgorithmRefused)?;
        Ok(Self { algorithm, kid: header.kid, signed, payload, signature })
    }
}

/// Base64url in its one canonical spelling: no padding, no stray bits at the end.
pub(crate) fn decode(part: &str) -> Result<Vec<u8>, VerifyError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| VerifyError::Malformed)
}
