//! What a test or a person turns while the sandbox runs: settings, faults, and the counters they look at. Not kept over
//! a restart.

use crate::{
    account::Vendor,
    faults::{Fault, Target},
    id_tokens::Flaw,
};
use serde::{Deserialize, Deserializer, Serialize};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Clone, Default, Serialize)]
pub(crate) struct Settings {
    /// `null` is the vendor's own, for example 28800 s at GitHub.
    pub(crate) access_ttl_seconds: Option<u32>,
    /// `null` is 600 s.
    pub(crate) code_ttl_seconds: Option<u32>,
    /// Approves without showing the page.
    pub(crate) auto_consent: bool,
    /// Denies without showing the page; stronger than `auto_consent`.
    pub(crate) deny: bool,
}

/// A change of settings. What is absent stays; `null` goes back to the vendor's own.
#[expect(clippy::option_option, reason = "absent, null and a number are three different wishes")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsChange {
    #[serde(default, deserialize_with = "present")]
    access_ttl_seconds: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    code_ttl_seconds: Option<Option<u32>>,
    auto_consent: Option<bool>,
    deny: Option<bool>,
}

/// Tells `null` from absent, which serde takes for the same.
#[expect(clippy::option_option, reason = "absent, null and a number are three different wishes")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Settings {
    pub(crate) fn apply(&mut self, change: &SettingsChange) {
        self.access_ttl_seconds = change.access_ttl_seconds.unwrap_or(self.access_ttl_seconds);
        self.code_ttl_seconds = change.code_ttl_seconds.unwrap_or(self.code_ttl_seconds);
        self.auto_consent = change.auto_consent.unwrap_or(self.auto_consent);
        self.deny = change.deny.unwrap_or(self.deny);
    }
}

#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Counters {
    /// Requests that reached the token endpoint, the failed ones too.
    pub(crate) token_requests: u64,
    /// Codes that became tokens.
    pub(crate) exchanges: u64,
    /// Refresh tokens that became new pairs.
    pub(crate) refreshes: u64,
    /// Grants, tokens and installations that a client ended.
    pub(crate) revocations: u64,
    /// Requests to the vendor's API, the failed ones too.
    pub(crate) api_calls: u64,
    /// Bytes of endless answers (`/_mirror/bytes`) that the other side has taken.
    pub(crate) streamed_bytes: u64,
    /// Such answers that are still going on.
    pub(crate) open_streams: u64,
    /// Webhooks that were sent, whatever was answered.
    pub(crate) deliveries_sent: u64,
}

#[derive(Default)]
pub(crate) struct Dial {
    pub(crate) settings: Settings,
    pub(crate) faults: Vec<Fault>,
    /// What is wrong with the next id tokens, one each.
    pub(crate) flaws: VecDeque<Flaw>,
    pub(crate) counters: Counters,
}

impl Dial {
    /// The next fault for this kind of request, one of its times used up.
    pub(crate) fn take_fault(&mut self, target: Target) -> Option<Fault> {
        let position = self.faults.iter().position(|fault| fault.on == target)?;
        let fault = &mut self.faults[position];
        fault.times -= 1;
        let due = fault.clone();
        if fault.times == 0 {
            self.faults.remove(position);
        }
        Some(due)
    }
}

#[derive(Default)]
pub(crate) struct Dials([Mutex<Dial>; Vendor::ALL.len()]);

impl Dials {
    pub(crate) fn of(&self, vendor: Vendor) -> MutexGuard<'_, Dial> {
        self.0[vendor as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
