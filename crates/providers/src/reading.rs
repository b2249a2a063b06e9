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
    /// The delivery names none; the address it was sent to decides.
    Unnamed,
}

/// A change of the connection itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    pub whose: Whose,
    pub health: Health,
}

/// A delivery, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub whose: Whose,
    pub signals: Vec<NewSignal>,
    pub lifecycle: Vec<Lifecycle>,
    /// `false`: we have no arm for this event; the delivery is kept and marked.
    pub recognised: bool,
}

impl Reading {
    /// An event we do not read (yet).
    pub const fn unrecognised(whose: Whose) -> Self {
        Self { whose, signals: Vec::new(), lifecycle: Vec::new(), recognised: false }
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
