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
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

#[derive(Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the control endpoint, under its own name")]
pub(crate) struct Settings {
    /// `null` is the vendor's own, for example 28800 s at GitHub.
    pub(crate) access_ttl_seconds: Option<u32>,
    /// `null` is 600 s, and 120 s at Zoho.
    pub(crate) code_ttl_seconds: Option<u32>,
    /// Approves without showing the page.
    pub(crate) auto_consent: bool,
    /// Denies without showing the page; stronger than `auto_consent`.
    pub(crate) deny: bool,
    /// A refresh token that was replaced already ends every token of its grant, at once and without leeway.
    pub(crate) revoke_family_on_reuse: bool,
    /// GitHub: whether tokens of the connecting app end and are renewed.
    pub(crate) expiring_tokens: bool,
    /// Slack: whether tokens end and are renewed. Spotify: whether a refresh brings a new refresh token.
    pub(crate) rotation: bool,
    /// Slack: whether the app is one that is sold outside of the marketplace: 15 messages a request, one request a minute.
    pub(crate) unlisted: bool,
    /// How many refresh tokens a client may have of one person; `null` is the vendor's own (Google 100, Zoho 20).
    pub(crate) refresh_token_limit: Option<u32>,
    /// What every person unticks on the consent page.
    pub(crate) decline_scopes: Vec<String>,
    /// Atlassian: how many sites a person has.
    pub(crate) sites: u32,
    /// Atlassian: ids of sites that are there no more.
    pub(crate) taken_sites: Vec<String>,
    /// Anthropic: whether the model does what any text of a request tells it to.
    pub(crate) obedient: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_ttl_seconds: None,
            code_ttl_seconds: None,
            auto_consent: false,
            deny: false,
            revoke_family_on_reuse: false,
            expiring_tokens: true,
            rotation: false,
            unlisted: false,
            refresh_token_limit: None,
            decline_scopes: Vec::new(),
            sites: 1,
            taken_sites: Vec::new(),
            obedient: false,
        }
    }
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
    revoke_family_on_reuse: Option<bool>,
    expiring_tokens: Option<bool>,
    #[serde(alias = "rotate")]
    rotation: Option<bool>,
    unlisted: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    refresh_token_limit: Option<Option<u32>>,
    decline_scopes: Option<Vec<String>>,
    sites: Option<u32>,
    taken_sites: Option<Vec<String>>,
    obedient: Option<bool>,
}

/// Tells `null` from absent, which serde takes for the same.
#[expect(clippy::option_option, reason = "absent, null and a number are three different wishes")]
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Settings {
    pub(crate) fn apply(&mut self, change: SettingsChange) {
        fn set<T>(value: &mut T, wish: Option<T>) {
            if let Some(wish) = wish {
                *value = wish;
            }
        }
        set(&mut self.access_ttl_seconds, change.access_ttl_seconds);
        set(&mut self.code_ttl_seconds, change.code_ttl_seconds);
        set(&mut self.auto_consent, change.auto_consent);
        set(&mut self.deny, change.deny);
        set(&mut self.revoke_family_on_reuse, change.revoke_family_on_reuse);
        set(&mut self.expiring_tokens, change.expiring_tokens);
        set(&mut self.rotation, change.rotation);
        set(&mut self.unlisted, change.unlisted);
        set(&mut self.refresh_token_limit, change.refresh_token_limit);
        set(&mut self.decline_scopes, change.decline_scopes);
        set(&mut self.sites, change.sites);
        set(&mut self.taken_sites, change.taken_sites);
        set(&mut self.obedient, change.obedient);
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
    /// Those of them that GitHub has answered with 304, and that cost nothing of its limit.
    pub(crate) unchanged: u64,
    /// Requests to the vendor's MCP server, the failed ones too.
    pub(crate) mcp_calls: u64,
    /// Bytes of endless answers (`/_mirror/bytes`) that the other side has taken.
    pub(crate) streamed_bytes: u64,
    /// Such answers, and streams of events, that are still going on.
    pub(crate) open_streams: u64,
    /// Requests that followed a redirect of ours to `/_elsewhere`.
    pub(crate) redirects_followed: u64,
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
    /// How many answers wait for a release.
    pub(crate) held: watch::Sender<u32>,
    /// Changes with every release.
    pub(crate) released: watch::Sender<()>,
}

impl Dial {
    /// The next fault for this kind of request, one of its times used up.
    pub(crate) fn take_fault(&mut self, target: Target) -> Option<Fault> {
        let position = self.faults.iter().position(|fault| fault.on.covers(target))?;
        let fault = &mut self.faults[position];
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        fault.times -= 1;
        let due = fault.clone();
        if fault.times == 0 {
            self.faults.remove(position);
        }
        Some(due)
    }
}

/// One vendor's dial, in as many hands as are on it.
#[derive(Clone, Default)]
pub(crate) struct SharedDial(Arc<Mutex<Dial>>);

impl SharedDial {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Dial> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that waits, counted while it does: until the release, or until its client has given up.
pub(crate) struct Held(SharedDial);

impl Held {
    pub(crate) fn new(dial: &SharedDial) -> Self {
        dial.lock().held.send_modify(|count| *count += 1);
        Self(dial.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().held.send_modify(|count| *count -= 1);
    }
}

/// An answer that is going on, counted until it ends or its client has gone.
pub(crate) struct Ongoing(SharedDial);

impl Ongoing {
    pub(crate) fn new(dial: &SharedDial) -> Self {
        dial.lock().counters.open_streams += 1;
        Self(dial.clone())
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.0.lock().counters.open_streams -= 1;
    }
}

#[derive(Default)]
pub(crate) struct Dials([SharedDial; Vendor::ALL.len()]);

impl Dials {
    pub(crate) fn of(&self, vendor: Vendor) -> MutexGuard<'_, Dial> {
        self.0[vendor as usize].lock()
    }

    pub(crate) fn shared(&self, vendor: Vendor) -> SharedDial {
        self.0[vendor as usize].clone()
    }
}
