//! The App's key and the JWTs signed with it. The sandbox is configured with the private key because the connectors are;
//! it keeps the public half, which is what GitHub has.

use aws_lc_rs::{rsa, signature::KeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::Secret;
use serde::Deserialize;
use serde_json::Value;

/// What GitHub allows between now (or `iat`) and `exp`.
const LONGEST_SECONDS: i64 = 600;

#[derive(Debug, thiserror::Error)]
#[error("the text is not an RSA private key in PEM (PKCS#1 or PKCS#8)")]
pub struct BadKey;

/// What is wrong with an App JWT, in GitHub's own words where they are known.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadJwt {
    #[error("A JSON web token could not be decoded")]
    Undecodable,
    #[error("'Issuer' claim ('iss') must be the App's id or client id")]
    Issuer,
    #[error(
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
    )]
    Expired,
    #[error("'Expiration time' claim ('exp') is too far in the future")]
    TooLong,
    #[error("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")]
    IssuedAt,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: i64,
    iss: Value,
}

pub(crate) struct PublicKey(DecodingKey);

impl PublicKey {
    /// Takes PKCS#1 and PKCS#8, and `\n` in place of line breaks, which environment variables often have.
    pub(crate) fn from_private_pem(pem: &Secret) -> Result<Self, BadKey> {
        let pem = pem.expose().replace("\\n", "\n");
        let lines = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        let der = STANDARD.decode(lines.collect::<String>()).map_err(|_| BadKey)?;
        let pair = if pem.contains("BEGIN RSA PRIVATE KEY") {
            rsa::KeyPair::from_der(&der)
        } else {
            rsa::KeyPair::from_pkcs8(&der)
        };
        let pair = pair.map_err(|_| BadKey)?;
        Ok(Self(DecodingKey::from_rsa_der(pair.public_key().as_ref())))
    }

    /// Signature, issuer and times. `now` is real time: the caller's clock is, and it dates the token.
    pub(super) fn check(&self, jwt: &str, app_id: u64, client_id: &str, now: DateTime<Utc>) -> Result<(), BadJwt> {
        let mut rules = Validation::new(Algorithm::RS256);
        // The times are checked below, to the second and with a sentence each.
        rules.validate_exp = false;
        rules.required_spec_claims.clear();
        let token = jsonwebtoken::decode::<Claims>(jwt, &self.0, &rules).map_err(|_| BadJwt::Undecodable)?;
        let Claims { iat, exp, iss } = token.claims;
        let now = now.timestamp();
        let is_ours = match &iss {
            Value::Number(number) => number.as_u64() == Some(app_id),
            Value::String(text) => *text == client_id || *text == app_id.to_string(),
            _ => false,
        };
        match () {
            () if !is_ours => Err(BadJwt::Issuer),
            () if iat > now => Err(BadJwt::IssuedAt),
            () if exp <= now => Err(BadJwt::Expired),
            () if exp - now > LONGEST_SECONDS || exp - iat > LONGEST_SECONDS => Err(BadJwt::TooLong),
            () => Ok(()),
        }
    }
}
