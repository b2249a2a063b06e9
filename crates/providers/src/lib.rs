#![doc = include_str!("../README.md")]

mod call;
pub mod catalogue;
mod configured;
mod document;
mod event;
mod github;
mod google;
mod jira;
mod linear;
mod reading;
mod record;
mod registry;
pub mod sign_in;
mod signature;
mod slack;
mod spotify;
mod token_answer;
mod vendor;

pub use call::{Call, CallError};
pub use configured::{AppSettings, Configured, ConfiguredError, Settings};
pub use event::{EventHeaders, Verified};
pub use reading::{Lifecycle, ReadError, Reading, Whose};
pub use record::{
    AppKeys, Auth, Endpoints, EndpointsError, Freshness, Input, InputKind, Keys, OAuth2, Placement, Provider, Refresh,
    Revoke, Scopes, WebhookScheme,
};
pub use registry::{Registry, VENDORS};
pub use signature::{Refused, Unverified};
pub use vendor::{Account, Installations, Revocation, Vendor};
