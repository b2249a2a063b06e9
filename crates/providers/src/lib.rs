#![doc = include_str!("../README.md")]

mod call;
pub mod catalogue;
mod configured;
mod document;
mod event;
mod github;
mod google;
mod jira;
mod limits;
mod linear;
mod mcp;
mod placement;
mod reading;
mod record;
mod registry;
pub mod shapes;
pub mod sign_in;
mod slack;
mod spotify;
mod streams;
mod token_answer;
mod told;
mod vendor;
mod webhook;
mod webhooks;
mod zoho;

pub use call::{Call, CallError};
pub use configured::{AppSettings, Configured, ConfiguredError, PushSettings, Settings};
pub use event::{EventHeaders, Verified};
pub use limits::{Pool, Quota};
pub use mcp::McpServer;
pub use placement::Dress;
pub use reading::{Lifecycle, ReadError, Reading, Stale, Whose};
pub use record::{
    AppKeys, Auth, Endpoints, EndpointsError, Input, InputKind, Keys, OAuth2, Placement, Provider, PushKeys, Refresh,
    Revoke, Scopes,
};
pub use registry::{Registry, VENDORS};
pub use shapes::Shape;
pub use streams::{BATCH, Change, PageAsk, Record, RecordPage, RecordState, Stream, StreamError, Streams};
pub use vendor::{Account, Installations, Revocation, Vendor};
pub use webhook::{
    Arrival, Asks, Channel, ChannelKey, Digest, Encoding, Evidence, Freshness, HmacScheme, KeyForm, Oidc, Proof,
    PushClaims, Refused, Reply, SignatureForm, Signed, SignedPart, Unverified, Webhook,
};
pub use webhooks::{Missed, Order, Registered, Registrar, Renewal, Standing, Watch, Webhooks};
