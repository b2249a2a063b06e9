//! What every handler can reach.

use crate::{
    account::Vendor,
    anthropic,
    config::Config,
    consent::Desk,
    courier::{Courier, Outbox},
    data::Data,
    dials::Dials,
    generic::Registry,
    github::PublicKey,
    ledger::Store,
    mail::{self, Mailbox},
    mcp,
    people::People,
};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Clock;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) config: Config,
    /// Where the sandbox is reached, without a slash at the end.
    pub(crate) url: String,
    /// What the vendors live by: real time plus what `/_control/clock` added. All that they issue expires by it.
    pub(crate) clock: Clock,
    /// Real time. What others date (App JWTs) and what others check (webhook timestamps) goes by theirs, not by ours.
    pub(crate) wall: Clock,
    pub(crate) store: Store,
    pub(crate) dials: Dials,
    pub(crate) data: Data,
    pub(crate) generic: Registry,
    pub(crate) anthropic: anthropic::Kept,
    pub(crate) mcp: mcp::Servers,
    pub(crate) people: People,
    pub(crate) desk: Desk,
    pub(crate) mailbox: Mailbox,
    pub(crate) mail_faults: mail::Faults,
    /// Where mail is taken, if it is.
    pub(crate) smtp_url: Option<String>,
    pub(crate) courier: Courier,
    pub(crate) outbox: Outbox,
    pub(crate) app_key: Option<PublicKey>,
    pub(crate) shutdown: CancellationToken,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// How long a new access token lives, the vendor's own time unless it was set.
    pub(crate) fn access_ttl(&self, vendor: Vendor, vendors_own_seconds: u32) -> TimeDelta {
        let set = self.dials.of(vendor).settings.access_ttl_seconds;
        TimeDelta::seconds(set.unwrap_or(vendors_own_seconds).into())
    }

    /// Ten minutes, and at Zoho two, unless it was set.
    pub(crate) fn code_ttl(&self, vendor: Vendor) -> TimeDelta {
        let vendors_own_seconds = if vendor == Vendor::Zoho { 120 } else { 600 };
        TimeDelta::seconds(self.dials.of(vendor).settings.code_ttl_seconds.unwrap_or(vendors_own_seconds).into())
    }
}
