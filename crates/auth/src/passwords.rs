//! Password hashing: Argon2id on a bounded number of threads, so that a storm of sign-ins costs neither the memory of the
//! machine (19 MiB each) nor the answers of the other routes.
//!
//! The text is hashed as the browser sent it, in UTF-8, without Unicode normalisation.

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error as PhcError,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use kernel::Secret;
use std::{sync::Arc, thread::available_parallelism};
use tokio::sync::{AcquireError, Semaphore, TryAcquireError};

/// KiB of memory for one hash.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// What is reserved for one hash, in KiB; only the part that is used becomes resident. More than 32 MiB, because the C
/// library gives blocks of that size back to the system when they are freed. Smaller ones it learns to keep, one for every
/// thread that ever hashed: after sixty sign-ins that was 600 MB.
const RESERVED_KIB: usize = 33 * 1024;
/// How many may wait for each thread. At about 50 ms a hash the last one waits a little over three seconds.
const WAITING_PER_THREAD: usize = 64;

/// Shortest and longest password, in UTF-16 code units: what a browser's `length` counts.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("too many passwords are waiting")]
    Busy,
    #[error("hashing failed")]
    Hash(#[from] argon2::Error),
    #[error("a hash cannot be written or read")]
    Format(#[from] PhcError),
    #[error("the hashing thread ended")]
    Thread(#[source] tokio::task::JoinError),
    #[error("the service is shutting down")]
    Closed(#[from] AcquireError),
}

/// Whether a password's length is acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    TooShort,
    Fits,
    TooLong,
}

impl Length {
    pub fn of(password: &Secret) -> Self {
        let units = password.expose().encode_utf16().count();
        if units < *LENGTHS.start() {
            Self::TooShort
        } else if units > *LENGTHS.end() {
            Self::TooLong
        } else {
            Self::Fits
        }
    }
}

/// The hashing threads. Clones share them.
#[derive(Clone)]
pub struct Passwords {
    /// One permit for each hash that runs or waits.
    admitted: Arc<Semaphore>,
    /// One permit for each hash that runs.
    running: Arc<Semaphore>,
    argon2: Argon2<'static>,
    /// What an unknown person's password is compared with, so that the answer takes the same time.
    dummy: Arc<str>,
}

impl Passwords {
    pub fn new() -> Result<Self, PasswordError> {
        let threads = available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_threads(threads, WAITING_PER_THREAD)
    }

    fn with_threads(threads: usize, waiting_per_thread: usize) -> Result<Self, PasswordError> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash(&argon2, &kernel::bytes::<16>())?.into();
        Ok(Self {
            admitted: Arc::new(Semaphore::new(threads * (1 + waiting_per_thread))),
            running: Arc::new(Semaphore::new(threads)),
            argon2,
            dummy,
        })
    }

    /// The hash to store, in the PHC format, with a salt of its own.
    pub async fn hash(&self, password: Secret) -> Result<String, PasswordError> {
        self.run(move |argon2| hash(argon2, password.expose().as_bytes())).await?
    }

    /// Whether the password belongs to the stored hash. `None` (nobody has that address) is never true, and takes as long.
    pub async fn verify(&self, password: Secret, stored: Option<String>) -> Result<bool, PasswordError> {
        let dummy = Arc::clone(&self.dummy);
        self.run(move |_| {
            let known = stored.is_some();
            let matches = matches(stored.as_deref().unwrap_or(&dummy), password.expose().as_bytes())?;
            Ok(matches && known)
        })
        .await?
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits | TryAcquireError::Closed => PasswordError::Busy,
        })?;
        let running = Arc::clone(&self.running).acquire_owned().await?;
        let argon2 = self.argon2.clone();
        // The permits go along: a caller who hangs up does not free a thread that is still hashing.
        let task = tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            drop((admitted, running));
            result
        });
        task.await.map_err(PasswordError::Thread)
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, PasswordError> {
    let salt = Salt::new(&kernel::bytes::<16>()).map_err(PhcError::from)?;
    let output = derive(argon2, password, &salt, Params::DEFAULT_OUTPUT_LEN)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(salt),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

/// Whether a password belongs to a hash, by the parameters that the hash names. A text that is no Argon2id hash matches
/// nothing.
fn matches(stored: &str, password: &[u8]) -> Result<bool, PasswordError> {
    let Ok(stored) = PasswordHash::new(stored) else { return Ok(false) };
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Ok(false) };
    if stored.algorithm != ARGON2ID_IDENT || stored.version != Some(Version::V0x13.into()) {
        return Ok(false);
    }
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::try_from(&stored)?);
    let output = derive(&argon2, password, salt, expected.len())?;
    Ok(kernel::same(output.as_bytes(), expected.as_bytes()))
}

fn derive(argon2: &Argon2<'_>, password: &[u8], salt: &Salt, length: usize) -> Result<Output, PasswordError> {
    let used = argon2.params().block_count();
    let mut memory: Vec<Block> = Vec::with_capacity(used.max(RESERVED_KIB));
    memory.resize(used, Block::new());
    let mut output = vec![0; length];
    argon2.hash_password_into_with_memory(password, salt, &mut output, &mut memory)?;
    Ok(Output::new(&output).map_err(PhcError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A password verifies against its own hash only, and the hash names the parameters.
    #[tokio::test]
    async fn a_password_verifies_against_its_hash_only() {
        let passwords = Passwords::with_threads(1, 1).unwrap();
        let stored = passwords.hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, passwords.hash("correct horse".into()).await.unwrap());
        assert!(passwords.verify("correct horse".into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("Correct horse".into(), Some(stored)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), Some("not a hash".to_owned())).await.unwrap());
    }

    /// A hash that another implementation made (the reference one, of the password "password") verifies.
    #[test]
    fn a_foreign_hash_verifies() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(matches(stored, b"password").unwrap());
        assert!(!matches(stored, b"Password").unwrap());
    }

    /// Beyond what can run and wait, callers are told at once.
    #[tokio::test]
    async fn a_storm_is_turned_away() {
        let passwords = Passwords::with_threads(1, 1).unwrap();
        let outcomes = tokio::join!(
            passwords.hash("first".into()),
            passwords.hash("second".into()),
            passwords.hash("third".into()),
        );
        assert!(outcomes.0.is_ok() && outcomes.1.is_ok());
        assert!(matches!(outcomes.2, Err(PasswordError::Busy)));
    }

    /// Lengths count UTF-16 code units, so that browser and server agree: an emoji counts two.
    #[test]
    fn lengths_are_counted_as_browsers_do() {
        for (password, expected) in [
            ("1234567".to_owned(), Length::TooShort),
            ("12345678".to_owned(), Length::Fits),
            ("🦀🦀🦀".to_owned(), Length::TooShort),
            ("🦀🦀🦀🦀".to_owned(), Length::Fits),
            ("é".repeat(128), Length::Fits),
            ("🦀".repeat(64), Length::Fits),
            ("🦀".repeat(65), Length::TooLong),
            ("p".repeat(129), Length::TooLong),
        ] {
            assert_eq!(Length::of(&password.as_str().into()), expected, "{password}");
        }
    }
}
