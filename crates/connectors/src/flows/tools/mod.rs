//! A person's tools: where they come from, what the person has allowed of them, and those of this service itself.

pub mod allow;
mod builtin;
mod discover;
mod servers;
mod session;

pub use allow::AllowError;
pub use discover::{Found, Place, discover, toolbox, toolbox_with};
pub use servers::Shut;

/// The id of the source that this service is.
pub const OWN: &str = "connectors";
