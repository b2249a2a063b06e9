//! The words that codes, grants and tokens are described in.

use super::Digest;
use crate::account::Account;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// In whose name a token acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Actor {
    #[default]
    Person,
    /// The app itself: Slack's bot, Linear's app user.
    App,
}

/// What an authorization asked for beside its scopes.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// The S256 challenge; absent for codes of an installation, whose address cannot carry one, and at a vendor that does
    /// not take one.
    pub(crate) challenge: Option<String>,
    /// Goes into the id token.
    #[serde(default)]
    pub(crate) nonce: Option<String>,
    /// Whether a refresh token was asked for, where that takes asking.
    #[serde(default)]
    pub(crate) offline: bool,
    /// Whether only the first consent brings a refresh token.
    #[serde(default)]
    pub(crate) first_only: bool,
    /// Whether everything agreed to before comes along.
    #[serde(default)]
    pub(crate) incremental: bool,
    #[serde(default)]
    pub(crate) actor: Actor,
    /// Scopes of a second token in the person's own name, at the vendor that gives two (Slack).
    #[serde(default)]
    pub(crate) user_scopes: Vec<String>,
}

/// What a person consented to, waiting for its exchange.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) account: Account,
    pub(crate) scopes: Vec<String>,
    pub(crate) redirect_uri: String,
    /// The client that asked; no other may exchange the code.
    #[serde(default)]
    pub(crate) client_id: String,
    #[serde(flatten)]
    pub(crate) terms: Terms,
    pub(crate) expires_at: DateTime<Utc>,
}

/// An access token of one authorization of one client by one person, and the refresh token beside it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    #[serde(flatten)]
    pub(crate) whose: Whose,
    pub(crate) access_expires_at: DateTime<Utc>,
    pub(super) refresh: Option<Digest>,
    /// Where there is no refresh token, the end of the access token.
    pub(super) refresh_expires_at: DateTime<Utc>,
    /// Everything that came from one code, numbered in the order of the exchanges.
    #[serde(default)]
    pub(super) family: u64,
    /// Counts the tokens, so that of two the older one is known.
    #[serde(default)]
    pub(super) serial: u64,
}

impl std::ops::Deref for Grant {
    type Target = Whose;

    fn deref(&self) -> &Whose {
        &self.whose
    }
}

/// A refresh token that was presented and replaced.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Used {
    pub(super) whose: Whose,
    pub(super) family: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) refresh_expires_at: DateTime<Utc>,
}

/// Who granted what to which client.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Whose {
    pub(crate) account: Account,
    #[serde(default)]
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) actor: Actor,
}

impl Whose {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|each| each == scope)
    }
}

/// How long a new pair lives.
#[derive(Clone, Copy)]
pub(crate) struct Lifetimes {
    pub(crate) access: TimeDelta,
    pub(crate) refresh: TimeDelta,
}

/// What becomes of refresh tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refreshing {
    /// None is given.
    Never,
    /// Each brings a new pair and kills the old one.
    Rotating,
    /// Each brings a new pair; one access token before it lives on to its own end, and so does the end of it all, which
    /// the consent fixed.
    RotatingApart,
    /// It stays, and so do the access tokens it brought before.
    Kept,
}

/// What follows when a refresh token comes that was replaced already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reuse {
    /// Until then it brings a pair once more.
    pub(crate) leeway: TimeDelta,
    /// After that, whether every token of the grant ends.
    pub(crate) ends_family: bool,
}

impl Reuse {
    /// It is refused, and nothing else happens.
    pub(crate) const REFUSED: Self = Self { leeway: TimeDelta::zero(), ends_family: false };
}

/// How a vendor's tokens look and what becomes of them.
#[derive(Clone, Copy)]
pub(crate) struct TokenShape {
    pub(crate) refreshing: Refreshing,
    pub(crate) reuse: Reuse,
    /// How many refresh tokens a client may have of one person before the oldest dies.
    pub(crate) most: Option<u32>,
    pub(crate) access_prefix: &'static str,
    pub(crate) access_length: usize,
    pub(crate) refresh_prefix: &'static str,
    pub(crate) refresh_length: usize,
}

/// The texts of a new pair; only their digests stay here.
pub(crate) struct Issued {
    pub(crate) access_token: String,
    /// What the client is told; absent where the one it has stays.
    pub(crate) refresh_token: Option<String>,
    pub(crate) whose: Whose,
}

impl std::ops::Deref for Issued {
    type Target = Whose;

    fn deref(&self) -> &Whose {
        &self.whose
    }
}
