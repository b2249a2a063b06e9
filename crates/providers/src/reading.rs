//! What a delivery says.

use kernel::{Health, NewSignal};

/// Which connections a delivery is about, in the vendor's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The installation's id.
    Installation(String),
    /// The organisation's or workspace's id.
    Organization(String),
    /// The account's id.
    Account(String),
    /// The origin of a site (`https://acme.example`), which is the URL of one of a connection's places.
    Site(String),
    /// What a registration of ours watches, in the vendor's word for it: a mailbox, a resource.
    Watched(String),
    /// The delivery names none; the address it was sent to decides.
    Unnamed,
}

/// A change of the connection itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    pub whose: Whose,
    pub health: Health,
}

/// The vendor says that something changed, and not what: that has to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The name of a stream of this vendor's.
    pub stream: String,
    /// The ids that the vendor named. Empty: it named none, the stream's own cursor leads to what is new.
    pub ids: Vec<String>,
}

/// A delivery, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub whose: Whose,
    pub signals: Vec<NewSignal>,
    pub lifecycle: Vec<Lifecycle>,
    /// What has to be fetched before there are signals.
    pub stale: Vec<Stale>,
    /// `false`: we have no arm for this event; the delivery is kept and marked.
    pub recognised: bool,
}

impl Reading {
    /// An event we do not read (yet).
    pub const fn unrecognised(whose: Whose) -> Self {
        Self { whose, signals: Vec::new(), lifecycle: Vec::new(), stale: Vec::new(), recognised: false }
    }
}

/// A delivery of a known event that does not have the shape the vendor documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {event} delivery lacks {missing}")]
pub struct ReadError {
    pub event: String,
    /// The JSON path that was looked for.
    pub missing: &'static str,
}
