//! Hooks that apps registered: where a vendor sends what happens.

use crate::account::{Account, Vendor};
use chrono::{DateTime, Utc};
use kernel::Secret;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Hook {
    /// One hook of the vendor's, whatever the vendor itself counts by.
    pub(crate) id: String,
    /// Who registered it, with which client.
    pub(crate) account: Account,
    pub(crate) client_id: String,
    /// What it watches: a repository's full name, a workspace's id, a site's id.
    pub(crate) place: String,
    /// As it was registered.
    pub(crate) url: String,
    /// The part of it that is below the webhook base.
    pub(crate) path: String,
    pub(crate) events: Vec<String>,
    #[serde(serialize_with = "as_it_is")]
    pub(crate) secret: Option<Secret>,
    pub(crate) active: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// By the sandbox's clock; absent where hooks do not end.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) particular: Particular,
}

/// What only one vendor's hooks have.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Particular {
    Github {
        /// Whether the body is a form with the JSON in it.
        is_form: bool,
        insecure_ssl: bool,
    },
    Linear {
        label: Option<String>,
        /// The one team; absent, all public teams.
        team_id: Option<String>,
    },
    Jira {
        /// What the site counts its hooks by; other sites have the same numbers.
        number: u64,
        filter: String,
        field_ids: Vec<String>,
        property_keys: Vec<String>,
    },
}

#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
fn as_it_is<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}

impl Hook {
    pub(crate) fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether the vendor would send this event there.
    pub(crate) fn takes(&self, event: &str) -> bool {
        self.active && self.events.iter().any(|each| each == event || each == "*")
    }
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Hooks {
    /// In the order they were made.
    by_vendor: BTreeMap<Vendor, Vec<Hook>>,
    /// How many were ever numbered at a place, so that no number comes back.
    numbered: BTreeMap<String, u64>,
}

impl Hooks {
    pub(crate) fn of(&self, vendor: Vendor) -> &[Hook] {
        self.by_vendor.get(&vendor).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn get(&self, vendor: Vendor, id: &str) -> Option<&Hook> {
        self.of(vendor).iter().find(|hook| hook.id == id)
    }

    /// Those that have ended make room.
    pub(crate) fn add(&mut self, vendor: Vendor, hook: Hook, now: DateTime<Utc>) {
        let all = self.by_vendor.entry(vendor).or_default();
        all.retain(|each| !each.has_ended(now));
        all.push(hook);
    }

    pub(crate) fn get_mut(&mut self, vendor: Vendor, id: &str) -> Option<&mut Hook> {
        self.by_vendor.get_mut(&vendor)?.iter_mut().find(|hook| hook.id == id)
    }

    pub(crate) fn take(&mut self, vendor: Vendor, id: &str) -> Option<Hook> {
        let all = self.by_vendor.get_mut(&vendor)?;
        let position = all.iter().position(|hook| hook.id == id)?;
        Some(all.remove(position))
    }

    /// The next number at a place, the first one being `first`.
    pub(crate) fn number(&mut self, place: &str, first: u64) -> u64 {
        let count = self.numbered.entry(place.to_owned()).or_default();
        *count += 1;
        first + *count - 1
    }
}
