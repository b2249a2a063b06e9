//! One vendor's authorizations: codes that become grants, grants that rotate and die.

use super::Digest;
use crate::account::Account;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a person consented to, waiting for its exchange.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) account: Account,
    pub(crate) scopes: Vec<String>,
    pub(crate) redirect_uri: String,
    /// The client that asked; no other may exchange the code.
    #[serde(default)]
    pub(crate) client_id: String,
    /// The S256 challenge; absent for codes of an installation, whose address cannot carry one, and at a vendor that does
    /// not take one.
    pub(crate) challenge: Option<String>,
    /// Goes into the id token.
    #[serde(default)]
    pub(crate) nonce: Option<String>,
    /// Whether a refresh token was asked for, where that takes asking.
    #[serde(default)]
    pub(crate) offline: bool,
    pub(crate) expires_at: DateTime<Utc>,
}

/// An access token of one authorization of one client by one person, and the refresh token beside it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) account: Account,
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) client_id: String,
    pub(crate) access_expires_at: DateTime<Utc>,
    refresh: Option<Digest>,
    /// Where there is no refresh token, the end of the access token.
    refresh_expires_at: DateTime<Utc>,
}

/// Who granted what to which client.
#[derive(Clone)]
pub(crate) struct Whose {
    pub(crate) account: Account,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
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
    /// It stays, and so do the access tokens it brought before.
    Kept,
}

/// How a vendor's tokens look.
#[derive(Clone, Copy)]
pub(crate) struct TokenShape {
    pub(crate) refreshing: Refreshing,
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
    pub(crate) scopes: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Book {
    codes: BTreeMap<Digest, Code>,
    /// By the digest of the living access token.
    grants: BTreeMap<Digest, Grant>,
}

impl Book {
    pub(crate) fn add_code(&mut self, code: Code, now: DateTime<Utc>) -> String {
        self.codes.retain(|_, other| other.expires_at > now);
        let text = kernel::alphanumeric(40);
        self.codes.insert(Digest::of(&text), code);
        text
    }

    /// Takes the code out, whatever the caller then finds wrong with the request: a code is for one attempt.
    pub(crate) fn take_code(&mut self, text: &str, now: DateTime<Utc>) -> Option<Code> {
        self.codes.remove(&Digest::of(text)).filter(|code| code.expires_at > now)
    }

    pub(crate) fn open(&mut self, whose: Whose, shape: TokenShape, lives: Lifetimes, now: DateTime<Utc>) -> Issued {
        let text = || format!("{}{}", shape.refresh_prefix, kernel::alphanumeric(shape.refresh_length));
        let refresh_token = (shape.refreshing != Refreshing::Never).then(text);
        let digest = refresh_token.as_deref().map(Digest::of);
        let ends = now + if digest.is_some() { lives.refresh } else { lives.access };
        let access_token = self.insert(whose.clone(), shape, digest, (now + lives.access, ends), now);
        Issued { access_token, refresh_token, scopes: whose.scopes }
    }

    fn insert(
        &mut self,
        whose: Whose,
        shape: TokenShape,
        refresh: Option<Digest>,
        (access_expires_at, refresh_expires_at): (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> String {
        self.grants.retain(|_, other| other.refresh_expires_at > now);
        let access_token = format!("{}{}", shape.access_prefix, kernel::alphanumeric(shape.access_length));
        let Whose { account, client_id, scopes } = whose;
        let grant = Grant { account, scopes, client_id, access_expires_at, refresh, refresh_expires_at };
        self.grants.insert(Digest::of(&access_token), grant);
        access_token
    }

    /// New tokens for the refresh token of a client; where the vendor rotates, the old pair is dead from this moment.
    /// `None`: unknown, another client's, used or expired.
    pub(crate) fn renew(
        &mut self,
        refresh_token: &str,
        client_id: &str,
        shape: TokenShape,
        lives: Lifetimes,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        let digest = Some(Digest::of(refresh_token));
        let found = self.grants.iter().find(|(_, grant)| grant.refresh == digest);
        let (access, grant) = found.map(|(access, grant)| (access.clone(), grant.clone()))?;
        if grant.client_id != client_id {
            return None;
        }
        let is_dead = shape.refreshing == Refreshing::Rotating || grant.access_expires_at <= now;
        if is_dead {
            self.grants.remove(&access);
        }
        if grant.refresh_expires_at <= now {
            return None;
        }
        let whose = Whose { account: grant.account, client_id: grant.client_id, scopes: grant.scopes };
        if shape.refreshing == Refreshing::Rotating {
            return Some(self.open(whose, shape, lives, now));
        }
        let scopes = whose.scopes.clone();
        let ends = (now + lives.access, grant.refresh_expires_at);
        Some(Issued { access_token: self.insert(whose, shape, digest, ends, now), refresh_token: None, scopes })
    }

    /// The grant behind a living access token.
    pub(crate) fn find(&self, access_token: &str, now: DateTime<Utc>) -> Option<Grant> {
        let grant = self.grants.get(&Digest::of(access_token))?;
        (grant.access_expires_at > now).then(|| grant.clone())
    }

    /// Ends the grant of an access token, expired or not; the refresh token dies with it.
    pub(crate) fn take_by_access(&mut self, access_token: &str) -> Option<Grant> {
        let grant = self.grants.remove(&Digest::of(access_token))?;
        if grant.refresh.is_some() {
            self.grants.retain(|_, other| other.refresh != grant.refresh);
        }
        Some(grant)
    }

    pub(crate) fn take_by_refresh(&mut self, refresh_token: &str) -> Option<Grant> {
        let digest = Some(Digest::of(refresh_token));
        let grant = self.grants.values().find(|grant| grant.refresh == digest)?.clone();
        self.grants.retain(|_, other| other.refresh != digest);
        Some(grant)
    }

    /// Whether the token, expired or not, was given to this client.
    pub(crate) fn issued_to(&self, access_token: &str, client_id: &str) -> bool {
        self.grants.get(&Digest::of(access_token)).is_some_and(|grant| grant.client_id == client_id)
    }

    /// Ends every grant that one person gave one client.
    pub(crate) fn take_by_client(&mut self, account: &Account, client_id: &str) {
        self.grants.retain(|_, grant| grant.account != *account || grant.client_id != client_id);
    }

    /// Ends every grant of an account, or of everybody; returns whose.
    pub(crate) fn take_by_account(&mut self, account: Option<&Account>) -> Vec<Account> {
        let mut ended = Vec::new();
        self.grants.retain(|_, grant| {
            let keep = account.is_some_and(|account| *account != grant.account);
            if !keep {
                ended.push(grant.account.clone());
            }
            keep
        });
        self.codes.retain(|_, code| account.is_some_and(|account| *account != code.account));
        ended
    }

    /// How many access tokens would be accepted now.
    pub(crate) fn live(&self, now: DateTime<Utc>) -> usize {
        self.grants.values().filter(|grant| grant.access_expires_at > now).count()
    }
}
