//! The keys that sign JWTs: shared by all replicas, sealed in the database, held open in memory, replaced on a schedule.

mod report;
mod schedule;
mod set;
mod tend;

pub use report::KeyReport;
pub use schedule::Rotation;
pub use set::Loaded;
pub use tend::tend_keys;

use crate::flows::token::LIFETIME_S;
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    PgPool,
    auth::signing_keys::{self, SigningKey},
};
use identity::{Algorithm, SignError, Signer};
use kernel::{Clock, Secret};
use schedule::{Step, due};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use vault::{Context, KeyError, Keyring, OpenError};

/// How long a key stays published that signs no more: as long as a token lives, and five minutes for clocks that differ and
/// for verifiers that are lenient about the end.
pub const PUBLISHED_AFTER: TimeDelta = TimeDelta::seconds(LIFETIME_S + 5 * 60);

/// One start of the service, or one moment in its life, needs two steps at most; a loser of a race reads once more.
const MOST_STEPS: usize = 4;

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
    #[error("the thread that makes keys has ended")]
    Thread(#[from] tokio::task::JoinError),
    /// Every key has ended, and none could be made.
    #[error("no signing key is current")]
    NoneSigns,
}

/// How soon a new key takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// Once everybody who caches the JWKS knows it; what was signed before stays valid.
    AfterNotice,
    /// At once, and every other key is withdrawn: nothing signed before is valid any more. For a key that somebody else has.
    Now,
}

/// The signing keys of this installation.
pub struct Keys {
    pool: PgPool,
    clock: Clock,
    ring: Keyring,
    algorithm: Algorithm,
    rotation: Rotation,
    /// Replaced as a whole, so that what signs is always part of what is published.
    loaded: RwLock<Option<Arc<Loaded>>>,
    /// One caller at a time reads the table.
    loading: Mutex<()>,
}

impl Keys {
    /// `secret` is `JWT_SECRET`; the key that seals is derived from it.
    pub fn new(
        pool: PgPool,
        clock: Clock,
        secret: &Secret,
        (algorithm, rotation): (Algorithm, Rotation),
    ) -> Result<Self, KeyError> {
        let ring = Keyring::derive(secret, "auth signing keys")?;
        Ok(Self { pool, clock, ring, algorithm, rotation, loaded: RwLock::default(), loading: Mutex::default() })
    }

    /// What is published, read (or made, on an empty database) the first time somebody asks.
    pub async fn current(&self) -> Result<Arc<Loaded>, KeysError> {
        if let Some(loaded) = self.held() {
            return Ok(loaded);
        }
        // Boxed, as everything is that a request hardly ever comes to: its future has room for what might happen, and is moved and
        // allocated with every request.
        Box::pin(self.read()).await
    }

    async fn read(&self) -> Result<Arc<Loaded>, KeysError> {
        let _alone = self.loading.lock().await;
        match self.held() {
            Some(loaded) => Ok(loaded),
            None => self.load().await,
        }
    }

    /// The key that signs now.
    pub async fn signer(&self) -> Result<Arc<Signer>, KeysError> {
        if let Some(signer) = self.current().await?.signer(self.algorithm, self.clock.now()) {
            return Ok(signer);
        }
        Box::pin(self.reload()).await?.signer(self.algorithm, self.clock.now()).ok_or(KeysError::NoneSigns)
    }

    /// Does what the schedule asks for, and takes over what the table holds.
    pub async fn reload(&self) -> Result<Arc<Loaded>, KeysError> {
        let _alone = self.loading.lock().await;
        self.load().await
    }

    /// Replaces the key that signs; says what is published then.
    pub async fn rotate(&self, takeover: Takeover) -> Result<Vec<KeyReport>, KeysError> {
        let _alone = self.loading.lock().await;
        match takeover {
            Takeover::Now => self.replace_all().await?,
            Takeover::AfterNotice => {
                // With a wrong secret this fails, before a key is made that nobody else could open.
                self.load().await?;
                let (now, keys) = self.rows().await?;
                if let Some(step) = schedule::successor(&keys, self.algorithm, now) {
                    self.take(step, now).await?;
                }
            }
        }
        let loaded = self.load().await?;
        Ok(report::of(&loaded, self.clock.now()))
    }

    async fn load(&self) -> Result<Arc<Loaded>, KeysError> {
        for _ in 0..MOST_STEPS {
            let (now, keys) = self.rows().await?;
            // Opened before anything is made, so that a wrong secret makes nothing.
            let loaded = Arc::new(Loaded::open(&self.ring, &keys, self.held().as_deref())?);
            let step = due(&keys, self.algorithm, self.rotation, now);
            if !keys.is_empty() {
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&loaded));
            }
            let Some(step) = step else { return Ok(loaded) };
            match self.take(step, now).await {
                Ok(()) => {}
                // What cannot be made now can be made later, as long as something signs.
                Err(error) if loaded.signer(self.algorithm, now).is_some() => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a signing key is due and was not made");
                    return Ok(loaded);
                }
                Err(error) => return Err(error),
            }
        }
        self.held().ok_or(KeysError::NoneSigns)
    }

    async fn rows(&self) -> Result<(DateTime<Utc>, Vec<SigningKey>), KeysError> {
        let now = self.clock.now();
        Ok((now, signing_keys::published(&self.pool, now - PUBLISHED_AFTER).await?))
    }

    /// Replicas come here together; each step is taken by one of them, and the others find it taken.
    async fn take(&self, step: Step, now: DateTime<Utc>) -> Result<(), KeysError> {
        match step {
            Step::First { from } => {
                let key = self.made(now, from).await?;
                if signing_keys::create_if_none(&self.pool, &key).await? {
                    told("a signing key was made", &key);
                }
            }
            Step::Successor { of, from } => {
                let key = self.made(now, from).await?;
                let mut transaction = self.pool.begin().await?;
                if signing_keys::retire(&mut *transaction, &of, from).await?
                    && signing_keys::create_if_none(&mut *transaction, &key).await?
                {
                    transaction.commit().await?;
                    told("a signing key was made that takes over", &key);
                }
            }
            Step::Retire { kid, at } => {
                if signing_keys::retire(&self.pool, &kid, at).await? {
                    tracing::info!(kid, %at, "a signing key of another algorithm was retired");
                }
            }
        }
        Ok(())
    }

    async fn replace_all(&self) -> Result<(), KeysError> {
        let now = self.clock.now();
        let key = self.made(now, now).await?;
        let mut transaction = self.pool.begin().await?;
        let withdrawn = signing_keys::delete_all(&mut transaction).await?;
        signing_keys::create_if_none(&mut *transaction, &key).await?;
        transaction.commit().await?;
        told("a signing key was made, and all others were withdrawn", &key);
        tracing::warn!(withdrawn, "tokens of withdrawn keys are valid nowhere once caches have expired");
        Ok(())
    }

    /// A new key, sealed. An RSA key takes the better part of a second to make, so it is not made between two requests.
    async fn made(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<SigningKey, KeysError> {
        let algorithm = self.algorithm;
        let made = tokio::task::spawn_blocking(move || Signer::generate(algorithm, &kernel::alphanumeric(32)));
        let (signer, pkcs8) = made.await??;
        Ok(SigningKey {
            kid: signer.kid().to_owned(),
            algorithm: algorithm.name().to_owned(),
            public_key: signer.public_bytes().to_vec(),
            private_key: self.ring.seal(pkcs8.expose(), &context(signer.kid()))?,
            created_at: now,
            active_from: from,
            retired_at: None,
        })
    }

    fn held(&self) -> Option<Arc<Loaded>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn told(what: &str, key: &SigningKey) {
    tracing::info!(kid = key.kid, algorithm = key.algorithm, active_from = %key.active_from, "{what}");
}

/// Binds a sealed key to its row, so that rows cannot be exchanged.
fn context(kid: &str) -> Context {
    Context::new("signing_keys", kid, "private_key")
}
