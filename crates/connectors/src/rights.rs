//! What an operator token may do, for which tenants, at which providers.

use kernel::TenantId;
use std::{collections::BTreeSet, str::FromStr};

/// What a route does, as far as operators are concerned. Each route behind a door that lets operators in names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Starts a connection, or brings the vendor's redirect.
    Connect,
    /// Looks at connections and signals.
    Read,
    /// Renews a grant before its time.
    Refresh,
    /// Has what vendors keep fetched before its time.
    Sync,
    /// Takes an access token out.
    Vend,
    /// Calls a vendor's API without seeing the token.
    Proxy,
    /// Ends a connection, here and at the vendor.
    Disconnect,
    /// Enters, looks at and takes away a tenant's own clients at the providers.
    Configure,
    /// Creates tenants.
    Tenants,
    /// Has deliveries read again.
    Replay,
    /// Says where signals are forwarded to, and looks at it.
    Subscribe,
    /// Looks at the audit log.
    Audit,
    /// Takes all that is kept of a tenant out.
    Export,
    /// Erases a tenant.
    Erase,
    /// Has the deployment looked over.
    Examine,
}

impl Action {
    pub const ALL: [Self; 15] = [
        Self::Connect,
        Self::Read,
        Self::Refresh,
        Self::Sync,
        Self::Vend,
        Self::Proxy,
        Self::Disconnect,
        Self::Configure,
        Self::Tenants,
        Self::Replay,
        Self::Subscribe,
        Self::Audit,
        Self::Export,
        Self::Erase,
        Self::Examine,
    ];

    /// As it is stored, typed and documented.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Read => "read",
            Self::Refresh => "refresh",
            Self::Sync => "sync",
            Self::Vend => "vend",
            Self::Proxy => "proxy",
            Self::Disconnect => "disconnect",
            Self::Configure => "configure",
            Self::Tenants => "tenants",
            Self::Replay => "replay",
            Self::Subscribe => "subscribe",
            Self::Audit => "audit",
            Self::Export => "export",
            Self::Erase => "erase",
            Self::Examine => "examine",
        }
    }
}

/// There is no such action.
#[derive(Debug, thiserror::Error)]
#[error("no such action; there are: {}", Action::ALL.map(Action::word).join(", "))]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, UnknownAction> {
        Self::ALL.into_iter().find(|action| action.word() == word).ok_or(UnknownAction)
    }
}

/// All of a kind, or some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed<T> {
    /// Those that do not exist yet included.
    All,
    Only(BTreeSet<T>),
}

impl<T: Ord> Allowed<T> {
    pub fn includes(&self, one: &T) -> bool {
        match self {
            Self::All => true,
            Self::Only(some) => some.contains(one),
        }
    }
}

/// The limits of one operator token. All three must allow a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    pub tenants: Allowed<TenantId>,
    /// By slug.
    pub providers: Allowed<String>,
    pub actions: BTreeSet<Action>,
}

impl Rights {
    /// Those of the environment's tokens.
    pub fn everything() -> Self {
        Self { tenants: Allowed::All, providers: Allowed::All, actions: BTreeSet::from(Action::ALL) }
    }
}
