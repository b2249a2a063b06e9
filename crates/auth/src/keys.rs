//! The key that signs JWTs: made once, shared by all replicas, sealed in the database, held open in memory.

use axum::body::Bytes;
use db::{
    PgPool,
    auth::signing_keys::{self, SigningKey},
};
use identity::{PublicKey, SignError, Signer};
use kernel::{Clock, Secret};
use serde::Serialize;
use tokio::sync::OnceCell;
use vault::{Context, KeyError, Keyring, OpenError};

const ALGORITHM: &str = "EdDSA";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the signing keys could not be read or stored")]
    Database(#[from] db::Error),
    #[error("the stored signing key does not open with this JWT_SECRET")]
    Open(#[from] OpenError),
    #[error("a signing key could not be sealed")]
    Seal(#[from] KeyError),
    #[error("the signing key cannot be used")]
    Key(#[from] SignError),
    #[error("the key set cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The database said that another replica's key is current, and then showed none.
    #[error("no signing key is current")]
    Vanished,
}

/// The signing keys of this installation.
pub struct Keys {
    pool: PgPool,
    clock: Clock,
    ring: Keyring,
    loaded: OnceCell<Loaded>,
}

/// The current key and what is published about it.
pub struct Loaded {
    pub signer: Signer,
    /// The JWKS, rendered.
    pub jwks: Bytes,
}

#[derive(Serialize)]
struct Jwks {
    keys: [PublicKey; 1],
}

impl Keys {
    /// `secret` is `JWT_SECRET`; the key that seals is derived from it.
    pub fn new(pool: PgPool, clock: Clock, secret: &Secret) -> Result<Self, KeyError> {
        let ring = Keyring::derive(secret, "auth signing keys")?;
        Ok(Self { pool, clock, ring, loaded: OnceCell::new() })
    }

    /// The current key, read (or made, on an empty database) the first time somebody asks.
    pub async fn current(&self) -> Result<&Loaded, KeysError> {
        self.loaded.get_or_try_init(|| self.load()).await
    }

    async fn load(&self) -> Result<Loaded, KeysError> {
        let stored = match signing_keys::current(&self.pool, ALGORITHM).await? {
            Some(stored) => stored,
            None => self.create().await?,
        };
        let pkcs8 = Secret::new(self.ring.open(&stored.private_key, &context(&stored.kid))?.to_vec());
        let signer = Signer::from_pkcs8(identity::Algorithm::EdDsa, &stored.kid, &pkcs8)?;
        let jwks = Jwks { keys: [signer.public_key()] };
        Ok(Loaded { jwks: serde_json::to_vec(&jwks)?.into(), signer })
    }

    /// Of replicas that come here together one stores its key, and all read that one.
    async fn create(&self) -> Result<SigningKey, KeysError> {
        let (signer, pkcs8) = Signer::generate(identity::Algorithm::EdDsa, &kernel::alphanumeric(32))?;
        let key = SigningKey {
            kid: signer.kid().to_owned(),
            algorithm: ALGORITHM.to_owned(),
            public_key: signer.public_bytes().to_vec(),
            private_key: self.ring.seal(pkcs8.expose(), &context(signer.kid()))?,
            created_at: self.clock.now(),
        };
        signing_keys::create_if_none(&self.pool, &key).await?;
        signing_keys::current(&self.pool, ALGORITHM).await?.ok_or(KeysError::Vanished)
    }
}

/// Binds a sealed key to its row, so that rows cannot be exchanged.
fn context(kid: &str) -> Context {
    Context::new("signing_keys", kid, "private_key")
}
