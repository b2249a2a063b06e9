//! A password as it is stored.

use super::{
    NormalPassword, PasswordError, Verdict,
    argon::{Argon2Hash, Memory},
    better_auth::ScryptHash,
};

/// Why a text cannot be a password hash of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    #[error("neither an Argon2id hash nor one of Better Auth's")]
    Unknown,
    #[error("a hash that takes too much memory or time to check")]
    TooExpensive,
}

/// A hash that can be checked in bounded memory and time.
pub enum Stored {
    Argon2id(Argon2Hash),
    Scrypt(ScryptHash),
}

impl Stored {
    pub fn parse(text: &str) -> Result<Self, StoredError> {
        if text.starts_with('$') {
            Argon2Hash::parse(text).map(Self::Argon2id)
        } else {
            ScryptHash::parse(text).map(Self::Scrypt)
        }
    }

    pub fn verify(&self, password: &NormalPassword, memory: &mut Memory) -> Result<Verdict, PasswordError> {
        let (matches, stale) = match self {
            Self::Argon2id(hash) => (hash.matches(password, memory)?, hash.is_weaker_than_ours()),
            Self::Scrypt(hash) => (hash.matches(password)?, true),
        };
        Ok(match (matches, stale) {
            (false, _) => Verdict::Refused,
            (true, false) => Verdict::Matches,
            (true, true) => Verdict::MatchesButStale,
        })
    }
}
