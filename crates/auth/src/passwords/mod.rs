//! Passwords: hashed with Argon2id, checked also against the scrypt hashes that imported people bring, on threads of their
//! own, so that a storm of sign-ins costs neither the memory of the machine nor the answers of the other routes.
//!
//! A password is a text, so it is normalised (NFKC, as Better Auth does) before it is hashed or checked: two keyboards that
//! compose a letter differently mean the same password.

mod argon;
mod better_auth;
mod decoys;
mod length;
mod stored;
mod workers;

pub use length::Length;
pub use stored::{Stored, StoredError};

use argon2::password_hash::{Error as PhcError, phc};
use decoys::Decoys;
use hmac::digest::InvalidLength;
use kernel::Secret;
use std::{sync::Arc, thread::available_parallelism};
use unicode_normalization::UnicodeNormalization;
use workers::{JobError, Workers};

/// How many may wait for each thread. At about 50 ms a hash the last one waits a little over three seconds.
const WAITING_PER_THREAD: usize = 64;

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("too many passwords are waiting")]
    Busy,
    #[error("hashing failed")]
    Hash(#[from] argon2::Error),
    #[error("scrypt failed")]
    Scrypt(#[from] scrypt::errors::InvalidOutputLen),
    #[error("scrypt's parameters are wrong")]
    ScryptParams(#[from] scrypt::errors::InvalidParams),
    #[error("a hash cannot be written")]
    Format(#[from] PhcError),
    #[error("a decoy cannot be made")]
    Decoy(#[from] StoredError),
    #[error("no key for the decoys can be derived")]
    Key(#[from] vault::KeyError),
    #[error("the key of the decoys has the wrong length")]
    KeyLength(#[from] InvalidLength),
    #[error("a hashing thread cannot be started")]
    Start(#[from] std::io::Error),
    #[error("the hash was not finished")]
    Lost,
}

impl From<phc::Error> for PasswordError {
    fn from(error: phc::Error) -> Self {
        Self::Format(error.into())
    }
}

impl From<JobError> for PasswordError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Busy => Self::Busy,
            JobError::Lost => Self::Lost,
        }
    }
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Refused,
    Matches,
    /// It is the password; what is stored is scrypt, or cheaper to guess than what we store today, and should be replaced.
    MatchesButStale,
}

/// A password in its normal form, in UTF-8.
pub struct NormalPassword(Secret);

impl NormalPassword {
    fn of(password: &Secret) -> Self {
        Self(password.expose().nfkc().collect::<String>().into())
    }

    fn bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

/// Hashes and checks passwords. Clones share the threads.
#[derive(Clone)]
pub struct Passwords {
    workers: Arc<Workers>,
    decoys: Arc<Decoys>,
}

impl Passwords {
    /// `secret` hides which decoy an unknown address gets.
    pub fn new(secret: &Secret) -> Result<Self, PasswordError> {
        let threads = available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = Workers::start(threads, WAITING_PER_THREAD)?;
        Ok(Self { workers: Arc::new(workers), decoys: Arc::new(Decoys::new(secret)?) })
    }

    /// The hash to store: Argon2id in the PHC format, with a salt of its own.
    pub async fn hash(&self, password: Secret) -> Result<String, PasswordError> {
        let work = move |memory: &mut argon::Memory| argon::hash(&NormalPassword::of(&password), memory);
        self.workers.run(work).await?
    }

    /// Whether the password belongs to the stored hash. A text that is no hash, or one too expensive to check, is refused
    /// after the time that checking one of ours takes.
    pub async fn verify(&self, password: Secret, stored: &str) -> Result<Verdict, PasswordError> {
        match Stored::parse(stored) {
            Ok(stored) => self.compare(password, Arc::new(stored)).await,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a stored password cannot be checked");
                self.compare(password, self.decoys.ours()).await?;
                Ok(Verdict::Refused)
            }
        }
    }

    /// Takes as long as if somebody had this address (in lower case) and the password were wrong.
    pub async fn refuse(&self, password: Secret, email: &str) -> Result<Verdict, PasswordError> {
        self.compare(password, self.decoys.of(email)).await?;
        Ok(Verdict::Refused)
    }

    /// Takes over how many people have which kind of hash, as `db::auth::accounts::password_kinds` counts them.
    pub fn follow(&self, kinds: &[(String, u64)]) {
        self.decoys.follow(kinds);
    }

    async fn compare(&self, password: Secret, stored: Arc<Stored>) -> Result<Verdict, PasswordError> {
        let work = move |memory: &mut argon::Memory| stored.verify(&NormalPassword::of(&password), memory);
        self.workers.run(work).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(&"a secret of the test".into()).unwrap()
    }

    /// A password verifies against its own hash only, and the hash names the parameters.
    #[tokio::test]
    async fn a_password_verifies_against_its_hash_only() {
        let passwords = passwords();
        let stored = passwords.hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, passwords.hash("correct horse".into()).await.unwrap());
        for (password, stored, expected) in [
            ("correct horse", stored.as_str(), Verdict::Matches),
            ("Correct horse", &stored, Verdict::Refused),
            ("correct horse", "not a hash", Verdict::Refused),
            ("correct horse", "", Verdict::Refused),
            (
                "correct horse",
                "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                Verdict::Refused,
            ),
        ] {
            assert_eq!(passwords.verify(password.into(), stored).await.unwrap(), expected, "{password} {stored}");
        }
        assert_eq!(passwords.refuse("correct horse".into(), "ada@example.com").await.unwrap(), Verdict::Refused);
    }

    /// Better Auth's hashes and weak ones of ours match, and say that they should be replaced.
    #[tokio::test]
    async fn old_hashes_match_and_are_stale() {
        let passwords = passwords();
        for (password, stored) in [
            (
                "password1234",
                "d5ef69980c9aa7e938dfb7da440d78e8:0ae8d154f5a637702f90df31a8f42b73acb421fe9b73691dc0a9d9eb68a01be6aad7b178\
                 380557cab1503f044ff95495f915b6f6d4226b31d7054c9dd01817dc",
            ),
            // The reference implementation's, of 256 KiB.
            ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        ] {
            assert_eq!(passwords.verify(password.into(), stored).await.unwrap(), Verdict::MatchesButStale, "{stored}");
            assert_eq!(passwords.verify("other".into(), stored).await.unwrap(), Verdict::Refused, "{stored}");
        }
    }

    /// However a keyboard composes it, it is one password.
    #[tokio::test]
    async fn passwords_are_normalised() {
        let passwords = passwords();
        let stored = passwords.hash("pässwörd ﬁve".into()).await.unwrap();
        let decomposed = "pa\u{308}sswo\u{308}rd five";
        assert_eq!(passwords.verify(decomposed.into(), &stored).await.unwrap(), Verdict::Matches);
    }
}
