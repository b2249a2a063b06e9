//! One vendor's authorizations: codes that become grants, grants that rotate and die.

use super::{
    Digest,
    consents::Consents,
    terms::{Actor, Code, Grant, Issued, Lifetimes, Refreshing, Reuse, TokenShape, Used, Whose},
};
use crate::account::Account;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Book {
    codes: BTreeMap<Digest, Code>,
    /// By the digest of the living access token.
    grants: BTreeMap<Digest, Grant>,
    /// Refresh tokens that were replaced.
    #[serde(default)]
    used: BTreeMap<Digest, Used>,
    #[serde(default)]
    pub(crate) consents: Consents,
    /// How many families and tokens there ever were.
    #[serde(default)]
    numbered: u64,
}

/// Where new tokens belong.
#[derive(Clone, Copy)]
struct Place {
    family: u64,
    /// The end of the refresh token beside them.
    refresh_expires_at: DateTime<Utc>,
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

    /// Whose code or refresh token this is, without using it up.
    pub(crate) fn owner(&self, code_or_refresh_token: &str) -> Option<&Account> {
        let digest = Digest::of(code_or_refresh_token);
        let of_code = self.codes.get(&digest).map(|code| &code.account);
        of_code.or_else(|| self.by_refresh(&digest).map(|(_, grant)| &grant.whose.account))
    }

    /// In whose name the tokens of a refresh token act, if it is good or was used.
    pub(crate) fn actor_of_refresh(&self, refresh_token: &str) -> Option<Actor> {
        let digest = Digest::of(refresh_token);
        let living = self.by_refresh(&digest).map(|(_, grant)| grant.actor);
        living.or_else(|| self.used.get(&digest).map(|used| used.whose.actor))
    }

    fn by_refresh(&self, digest: &Digest) -> Option<(&Digest, &Grant)> {
        self.grants.iter().find(|(_, grant)| grant.refresh.as_ref() == Some(digest))
    }

    fn next(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// The first tokens of an authorization.
    pub(crate) fn open(&mut self, whose: Whose, shape: TokenShape, lives: Lifetimes, now: DateTime<Utc>) -> Issued {
        let place = Place { family: self.next(), refresh_expires_at: now + lives.refresh };
        let issued = self.issue(whose, place, shape, lives, now);
        if let Some(most) = shape.most {
            self.drop_oldest(&issued.whose, most as usize);
        }
        issued
    }

    /// A new pair, or an access token alone where the vendor gives no refresh tokens.
    fn issue(&mut self, whose: Whose, place: Place, shape: TokenShape, lives: Lifetimes, now: DateTime<Utc>) -> Issued {
        let text = || format!("{}{}", shape.refresh_prefix, kernel::alphanumeric(shape.refresh_length));
        let refresh_token = (shape.refreshing != Refreshing::Never).then(text);
        let digest = refresh_token.as_deref().map(Digest::of);
        let access_token = self.insert(whose.clone(), place, shape, digest, lives, now);
        Issued { access_token, refresh_token, whose }
    }

    fn insert(
        &mut self,
        whose: Whose,
        place: Place,
        shape: TokenShape,
        refresh: Option<Digest>,
        lives: Lifetimes,
        now: DateTime<Utc>,
    ) -> String {
        self.grants.retain(|_, other| other.refresh_expires_at > now);
        self.used.retain(|_, used| used.refresh_expires_at > now);
        let access_token = format!("{}{}", shape.access_prefix, kernel::alphanumeric(shape.access_length));
        let access_expires_at = now + lives.access;
        let refresh_expires_at = if refresh.is_some() { place.refresh_expires_at } else { access_expires_at };
        let (family, serial) = (place.family, self.next());
        let grant = Grant { whose, access_expires_at, refresh, refresh_expires_at, family, serial };
        self.grants.insert(Digest::of(&access_token), grant);
        access_token
    }

    /// Beyond the vendor's limit, the oldest authorization of the person by the client dies without a word.
    fn drop_oldest(&mut self, whose: &Whose, most: usize) {
        let theirs = |grant: &&Grant| {
            grant.account == whose.account && grant.client_id == whose.client_id && grant.refresh.is_some()
        };
        let families: BTreeSet<u64> = self.grants.values().filter(theirs).map(|grant| grant.family).collect();
        let excess: Vec<u64> = families.iter().copied().take(families.len().saturating_sub(most)).collect();
        self.grants.retain(|_, grant| !excess.contains(&grant.family));
    }

    /// New tokens for the refresh token of a client; where the vendor rotates, the old one is dead from this moment.
    /// `None`: unknown, another client's, used or expired.
    pub(crate) fn renew(
        &mut self,
        refresh_token: &str,
        client_id: &str,
        shape: TokenShape,
        lives: Lifetimes,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        let digest = Digest::of(refresh_token);
        let Some((access, grant)) = self.by_refresh(&digest).map(|(access, grant)| (access.clone(), grant.clone()))
        else {
            return self.renew_again(&digest, client_id, shape, lives, now);
        };
        if grant.client_id != client_id {
            return None;
        }
        if shape.refreshing == Refreshing::Rotating || grant.access_expires_at <= now {
            self.grants.remove(&access);
        }
        if grant.refresh_expires_at <= now {
            return None;
        }
        let Grant { whose, family, serial, refresh_expires_at, .. } = grant;
        let place = Place { family, refresh_expires_at };
        if matches!(shape.refreshing, Refreshing::Kept | Refreshing::Never) {
            let access_token = self.insert(whose.clone(), place, shape, Some(digest), lives, now);
            return Some(Issued { access_token, refresh_token: None, whose });
        }
        let used = Used { whose: whose.clone(), family, at: now, refresh_expires_at };
        self.used.insert(digest.clone(), used);
        if shape.refreshing == Refreshing::Rotating {
            let place = Place { family, refresh_expires_at: now + lives.refresh };
            return Some(self.issue(whose, place, shape, lives, now));
        }
        // Two access tokens at most: the new one, and the one that came with the refresh token just used.
        self.grants.retain(|_, other| other.family != family || other.serial == serial);
        if let Some(old) = self.grants.get_mut(&access) {
            (old.refresh, old.refresh_expires_at) = (None, old.access_expires_at);
        }
        Some(self.issue(whose, place, shape, lives, now))
    }

    /// A refresh token that was replaced already, or was never there.
    fn renew_again(
        &mut self,
        digest: &Digest,
        client_id: &str,
        shape: TokenShape,
        lives: Lifetimes,
        now: DateTime<Utc>,
    ) -> Option<Issued> {
        let used = self.used.get(digest).filter(|used| used.whose.client_id == client_id).cloned()?;
        let Reuse { leeway, ends_family } = shape.reuse;
        if now - used.at < leeway && self.grants.values().any(|grant| grant.family == used.family) {
            let place = Place { family: used.family, refresh_expires_at: now + lives.refresh };
            return Some(self.issue(used.whose, place, shape, lives, now));
        }
        if ends_family {
            self.grants.retain(|_, grant| grant.family != used.family);
        }
        None
    }

    /// The grant behind a living access token.
    pub(crate) fn find(&self, access_token: &str, now: DateTime<Utc>) -> Option<Grant> {
        let grant = self.grants.get(&Digest::of(access_token))?;
        (grant.access_expires_at > now).then(|| grant.clone())
    }

    /// Whether there was such an access token, and there would be but for the time.
    pub(crate) fn has_expired(&self, access_token: &str, now: DateTime<Utc>) -> bool {
        self.grants.get(&Digest::of(access_token)).is_some_and(|grant| grant.access_expires_at <= now)
    }

    /// Ends the grant of an access token, expired or not; the refresh token dies with it.
    pub(crate) fn take_by_access(&mut self, access_token: &str) -> Option<Grant> {
        let grant = self.grants.remove(&Digest::of(access_token))?;
        if grant.refresh.is_some() {
            self.grants.retain(|_, other| other.refresh != grant.refresh);
        }
        Some(grant)
    }

    /// Ends one access token and nothing beside it.
    pub(crate) fn take_access_alone(&mut self, access_token: &str, now: DateTime<Utc>) -> Option<Grant> {
        let grant = self.grants.get_mut(&Digest::of(access_token)).filter(|grant| grant.access_expires_at > now)?;
        grant.access_expires_at = now;
        Some(grant.clone())
    }

    pub(crate) fn take_by_refresh(&mut self, refresh_token: &str) -> Option<Grant> {
        let digest = Digest::of(refresh_token);
        let grant = self.by_refresh(&digest)?.1.clone();
        self.grants.retain(|_, other| other.refresh.as_ref() != Some(&digest));
        Some(grant)
    }

    /// Whether the token, expired or not, was given to this client.
    pub(crate) fn issued_to(&self, access_token: &str, client_id: &str) -> bool {
        self.grants.get(&Digest::of(access_token)).is_some_and(|grant| grant.client_id == client_id)
    }

    /// Ends every grant that one person gave one client, and the consent to it.
    pub(crate) fn take_by_client(&mut self, account: &Account, client_id: &str) {
        self.grants.retain(|_, grant| grant.account != *account || grant.client_id != client_id);
        self.consents.forget(Some(account), Some(client_id));
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
        self.consents.forget(account, None);
        ended
    }

    /// How many access tokens of a client, or of all, would be accepted now.
    pub(crate) fn live(&self, client_id: Option<&str>, now: DateTime<Utc>) -> usize {
        let counts = |grant: &&Grant| {
            grant.access_expires_at > now && client_id.is_none_or(|client_id| grant.client_id == client_id)
        };
        self.grants.values().filter(counts).count()
    }
}
