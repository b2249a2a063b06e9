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
    /// The S256 challenge; absent only for codes of an installation, whose address cannot carry one.
    pub(crate) challenge: Option<String>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// One authorization of the app by one person: exactly one living access token and one living refresh token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) account: Account,
    pub(crate) scopes: Vec<String>,
    pub(crate) access_expires_at: DateTime<Utc>,
    refresh: Digest,
    refresh_expires_at: DateTime<Utc>,
}

/// How long a new pair lives.
#[derive(Clone, Copy)]
pub(crate) struct Lifetimes {
    pub(crate) access: TimeDelta,
    pub(crate) refresh: TimeDelta,
}

/// How a vendor's tokens look.
pub(crate) struct TokenShape {
    pub(crate) access_prefix: &'static str,
    pub(crate) access_length: usize,
    pub(crate) refresh_prefix: &'static str,
    pub(crate) refresh_length: usize,
}

/// The texts of a new pair; only their digests stay here.
pub(crate) struct Issued {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
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

    pub(crate) fn open(
        &mut self,
        account: Account,
        scopes: Vec<String>,
        shape: &TokenShape,
        lives: Lifetimes,
        now: DateTime<Utc>,
    ) -> Issued {
        self.grants.retain(|_, other| other.refresh_expires_at > now);
        let access_token = format!("{}{}", shape.access_prefix, kernel::alphanumeric(shape.access_length));
        let refresh_token = format!("{}{}", shape.refresh_prefix, kernel::alphanumeric(shape.refresh_length));
        let grant = Grant {
            account,
            scopes: scopes.clone(),
            access_expires_at: now + lives.access,
            refresh: Digest::of(&refresh_token),
            refresh_expires_at: now + lives.refresh,
        };
        self.grants.insert(Digest::of(&access_token), grant);
        Issued { access_token, refresh_token, scopes }
    }

    /// A new pair for the refresh token; the old pair is dead from this moment. `None`: unknown, used or expired.
    pub(crate) fn rotate(
        &mut self,
        refresh_token: &str,
        shape: &TokenShape,
        lives: Lifetimes,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        let grant = self.take_by_refresh(refresh_token)?;
        let alive = grant.refresh_expires_at > now;
        alive.then(|| self.open(grant.account, grant.scopes, shape, lives, now))
    }

    /// The grant behind a living access token.
    pub(crate) fn find(&self, access_token: &str, now: DateTime<Utc>) -> Option<Grant> {
        let grant = self.grants.get(&Digest::of(access_token))?;
        (grant.access_expires_at > now).then(|| grant.clone())
    }

    /// Ends the grant of an access token, expired or not; the refresh token dies with it.
    pub(crate) fn take_by_access(&mut self, access_token: &str) -> Option<Grant> {
        self.grants.remove(&Digest::of(access_token))
    }

    pub(crate) fn take_by_refresh(&mut self, refresh_token: &str) -> Option<Grant> {
        let digest = Digest::of(refresh_token);
        let access = self.grants.iter().find(|(_, grant)| grant.refresh == digest)?.0.clone();
        self.grants.remove(&access)
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
