//! A token taken apart, before anything in it is believed.

use crate::{Algorithm, VerifyError, claims::unique};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// Longer tokens are refused before they are looked at, so that length costs nothing (CVE-2025-30204).
pub(crate) const MAX_BYTES: usize = 8 * 1024;

/// What a token is for, as its header says. One kind never stands in for another, whoever they are addressed to (RFC 8725, 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No `typ`, or `JWT`: a session's token, an ID token.
    Plain,
    /// `at+jwt`: what a client was given to act for a person (RFC 9068, 2.1).
    Access,
}

impl Kind {
    /// The media type may be written in full, and case says nothing (RFC 7515, 4.1.9).
    fn is_said_by(self, typ: Option<&str>) -> bool {
        let says = |name: &str| typ.is_some_and(|typ| typ.eq_ignore_ascii_case(name));
        match self {
            Self::Plain => typ.is_none() || says("JWT"),
            Self::Access => says("at+jwt") || says("application/at+jwt"),
        }
    }
}

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
    pub fn parse(token: &'a str, kind: Kind) -> Result<Self, VerifyError> {
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
        // Other kinds of JWT (an e-mail verification, an access token) say so here.
        if !kind.is_said_by(header.typ.as_deref()) {
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
