//! Installations of the GitHub App and their short tokens.

use super::Digest;
use crate::account::Account;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where new installations start to count: far from every id in the vendor's published examples.
const FIRST_ID: u64 = 9_100_001;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    /// The user or organization whose repositories the App may see.
    pub(crate) account: Account,
    /// The person who pressed the button; `GET /user/installations` shows it to them.
    pub(crate) installed_by: Account,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) suspended_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct InstallationToken {
    installation_id: u64,
    expires_at: DateTime<Utc>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Installations {
    by_id: BTreeMap<u64, Installation>,
    tokens: BTreeMap<Digest, InstallationToken>,
    /// How many were ever numbered, so that no id comes back.
    numbered: u64,
}

impl Installations {
    /// An account has at most one installation; asking again gives the one there is, and `false`.
    pub(crate) fn create(
        &mut self,
        account: Account,
        installed_by: Account,
        id: Option<u64>,
        now: DateTime<Utc>,
    ) -> (Installation, bool) {
        if let Some(there) = self.of_account(&account) {
            return (there, false);
        }
        let id = id.unwrap_or_else(|| self.next_id());
        let made = Installation { id, account, installed_by, created_at: now, suspended_at: None };
        self.by_id.insert(id, made.clone());
        (made, true)
    }

    fn next_id(&mut self) -> u64 {
        loop {
            let id = FIRST_ID + self.numbered;
            self.numbered += 1;
            if !self.by_id.contains_key(&id) {
                return id;
            }
        }
    }

    pub(crate) fn get(&self, id: u64) -> Option<Installation> {
        self.by_id.get(&id).cloned()
    }

    pub(crate) fn of_account(&self, account: &Account) -> Option<Installation> {
        self.all().find(|installation| installation.account == *account).cloned()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Installation> {
        self.by_id.values()
    }

    /// What a person may see: what is theirs and what they installed.
    pub(crate) fn visible_to(&self, account: &Account) -> Vec<Installation> {
        self.all().filter(|each| each.account == *account || each.installed_by == *account).cloned().collect()
    }

    pub(crate) fn delete(&mut self, id: u64) -> Option<Installation> {
        self.tokens.retain(|_, token| token.installation_id != id);
        self.by_id.remove(&id)
    }

    pub(crate) fn set_suspended(&mut self, id: u64, since: Option<DateTime<Utc>>) -> Option<Installation> {
        let installation = self.by_id.get_mut(&id)?;
        installation.suspended_at = since;
        Some(installation.clone())
    }

    pub(crate) fn add_token(
        &mut self,
        token: &str,
        installation_id: u64,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) {
        self.tokens.retain(|_, other| other.expires_at > now);
        self.tokens.insert(Digest::of(token), InstallationToken { installation_id, expires_at });
    }

    /// The installation behind a living token.
    pub(crate) fn find(&self, token: &str, now: DateTime<Utc>) -> Option<Installation> {
        let found = self.tokens.get(&Digest::of(token)).filter(|token| token.expires_at > now)?;
        self.get(found.installation_id)
    }

    /// Every token of the installation is dead, and the installation stays.
    pub(crate) fn forget_tokens(&mut self, id: u64) -> Option<Installation> {
        self.tokens.retain(|_, token| token.installation_id != id);
        self.get(id)
    }

    pub(crate) fn take_token(&mut self, token: &str) -> bool {
        self.tokens.remove(&Digest::of(token)).is_some()
    }

    pub(crate) fn live_tokens(&self, now: DateTime<Utc>) -> usize {
        self.tokens.values().filter(|token| token.expires_at > now).count()
    }
}
