//! What signs the signals that are forwarded, as Standard Webhooks has it: HMAC-SHA256 over id, time and body.

use crate::flows::sealing;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use db::reseal::Place;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Secret, TenantId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;
use vault::{Context, KeyError, Keyring, OpenError, Sealed};

const PREFIX: &str = "whsec_";
/// Of the bytes behind the prefix (Standard Webhooks).
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;
/// How long the secret before the present one signs beside it.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// A secret of the form `whsec_` and base64.
#[derive(Clone)]
pub struct SigningSecret(Secret);

impl SigningSecret {
    pub fn generate() -> Self {
        Self(Secret::new(format!("{PREFIX}{}", STANDARD.encode(kernel::bytes::<32>()))))
    }

    /// `None`: it does not have the form, or is too short or too long.
    pub fn parse(text: &Secret) -> Option<Self> {
        key(text.expose()).is_some().then(|| Self(text.clone()))
    }

    /// For the one answer that hands it out, and for sealing.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

fn key(text: &str) -> Option<Secret<Vec<u8>>> {
    let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
    LENGTH.contains(&bytes.len()).then(|| Secret::new(bytes))
}

/// The secrets of one subscription, as they lie sealed.
#[derive(Serialize, Deserialize)]
pub struct Keys {
    current: String,
    previous: Option<Previous>,
}

#[derive(Serialize, Deserialize)]
struct Previous {
    secret: String,
    until: DateTime<Utc>,
}

/// The secrets of a subscription cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the stored secret does not open")]
    Open(#[from] OpenError),
    #[error("the stored secret cannot be read")]
    Form,
    #[error("sealing failed")]
    Seal(#[from] KeyError),
}

impl Keys {
    pub fn new(secret: &SigningSecret) -> Self {
        Self { current: secret.expose().to_owned(), previous: None }
    }

    /// Signs with this one from now on, and for a day with the present one too.
    #[must_use]
    pub fn rotated(self, secret: &SigningSecret, now: DateTime<Utc>) -> Self {
        let previous = Previous { secret: self.current, until: now + OVERLAP };
        Self { current: secret.expose().to_owned(), previous: Some(previous) }
    }

    pub fn open(vault: &Keyring, tenant: TenantId, id: Uuid, sealed: Vec<u8>) -> Result<Self, KeysError> {
        let plaintext = vault.open(&Sealed::from_bytes(sealed)?, &context(tenant, id))?;
        serde_json::from_slice(&plaintext).map_err(|_| KeysError::Form)
    }

    pub fn seal(&self, vault: &Keyring, tenant: TenantId, id: Uuid) -> Result<Sealed, KeysError> {
        let plaintext = Secret::new(serde_json::to_vec(self).map_err(|_| KeysError::Form)?);
        Ok(vault.seal(plaintext.expose(), &context(tenant, id))?)
    }

    /// The header: one signature, or two while a secret is being changed.
    pub fn sign(&self, id: &str, now: DateTime<Utc>, body: &str) -> Result<String, KeysError> {
        let previous = self.previous.as_ref().filter(|previous| now < previous.until);
        let secrets = [Some(&self.current), previous.map(|previous| &previous.secret)];
        let signed = secrets.into_iter().flatten().map(|secret| {
            let key = key(secret).ok_or(KeysError::Form)?;
            let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).map_err(|_| KeysError::Form)?;
            for part in [id, ".", &now.timestamp().to_string(), ".", body] {
                mac.update(part.as_bytes());
            }
            Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
        });
        Ok(signed.collect::<Result<Vec<String>, KeysError>>()?.join(" "))
    }
}

fn context(tenant: TenantId, id: Uuid) -> Context {
    sealing::context(Place::Subscriptions, format!("{tenant}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn the_published_example_is_signed_alike() {
        let keys = Keys { current: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(), previous: None };
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let signed = keys.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// 24 to 64 bytes in base64 behind the prefix, and nothing else.
    #[test]
    fn a_secret_of_another_form_is_none() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        let parse = |text: &str| SigningSecret::parse(&text.into()).is_some();
        assert!(parse(&of(24)) && parse(&of(64)) && parse(SigningSecret::generate().expose()));
        for bad in [of(23), of(65), of(32).replace("whsec_", ""), "whsec_!".to_owned(), String::new()] {
            assert!(!parse(&bad), "{bad}");
        }
    }

    /// Both sign for a day, and then the new one alone.
    #[test]
    fn the_secret_before_signs_for_a_day() {
        let (old, new) = (SigningSecret::generate(), SigningSecret::generate());
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let keys = Keys::new(&old).rotated(&new, at);
        let count = |at| keys.sign("msg_1", at, "{}").unwrap().split(' ').count();
        assert_eq!((count(at + OVERLAP - TimeDelta::seconds(1)), count(at + OVERLAP)), (2, 1));
    }
}
