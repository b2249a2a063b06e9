//! The keys of one reading of the table.

use super::{KeysError, context};
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use db::auth::signing_keys::SigningKey;
use identity::{Algorithm, PublicKey, SignError, Signer};
use kernel::Secret;
use serde::Serialize;
use std::sync::Arc;
use vault::Keyring;

/// A key and its time.
pub struct Held {
    pub signer: Arc<Signer>,
    pub active_from: DateTime<Utc>,
    pub retired_at: Option<DateTime<Utc>>,
}

impl Held {
    pub fn signs(&self, now: DateTime<Utc>) -> bool {
        self.active_from <= now && self.retired_at.is_none_or(|end| now < end)
    }
}

/// Every published key, and what is published about them.
pub struct Loaded {
    /// The youngest first.
    pub keys: Vec<Held>,
    /// The JWKS, rendered.
    pub jwks: Bytes,
}

#[derive(Serialize)]
struct Jwks {
    keys: Vec<PublicKey>,
}

impl Loaded {
    /// Opens the keys that `before` did not hold open already. Only what opens is published: somebody who can write the
    /// table but does not know the secret cannot add a key of their own.
    pub fn open(ring: &Keyring, rows: &[SigningKey], before: Option<&Self>) -> Result<Self, KeysError> {
        let keys: Vec<Held> = rows
            .iter()
            .map(|row| {
                let known = before.and_then(|before| before.keys.iter().find(|held| held.signer.kid() == row.kid));
                let signer = match known {
                    Some(held) => Arc::clone(&held.signer),
                    None => Arc::new(opened(ring, row)?),
                };
                Ok(Held { signer, active_from: row.active_from, retired_at: row.retired_at })
            })
            .collect::<Result<_, KeysError>>()?;
        let jwks = Jwks { keys: keys.iter().map(|held| held.signer.public_key()).collect() };
        Ok(Self { jwks: serde_json::to_vec(&jwks)?.into(), keys })
    }

    /// The youngest key of the algorithm that signs now. While there is none, because the algorithm was just changed and its
    /// first key is not known everywhere yet, one of another algorithm goes on.
    pub fn signer(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Option<Arc<Signer>> {
        let mut signing = self.keys.iter().filter(|held| held.signs(now));
        let own = signing.clone().find(|held| held.signer.algorithm() == algorithm);
        own.or_else(|| signing.next()).map(|held| Arc::clone(&held.signer))
    }

    /// What tokens may be signed with, each once.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let published = |algorithm: &Algorithm| self.keys.iter().any(|held| held.signer.algorithm() == *algorithm);
        Algorithm::ALL.into_iter().filter(published).collect()
    }
}

fn opened(ring: &Keyring, row: &SigningKey) -> Result<Signer, KeysError> {
    let algorithm = Algorithm::named(&row.algorithm).ok_or(SignError::PrivateKey)?;
    let pkcs8 = Secret::new(ring.open(&row.private_key, &context(&row.kid))?.to_vec());
    Ok(Signer::from_pkcs8(algorithm, &row.kid, &pkcs8)?)
}
