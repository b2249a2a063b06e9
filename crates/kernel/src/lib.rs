#![doc = include_str!("../README.md")]

mod clock;
mod connection;
mod cursor;
mod env;
mod environment;
mod ids;
pub mod meters;
mod parameters;
mod random;
mod secret;
mod signal;

pub use clock::Clock;
pub use connection::{
    Connection, ConnectionKind, DegradedReason, GrantKey, GrantRole, Health, ReauthReason, Resource, Status,
};
pub use cursor::{Cursor, CursorError, CursorKey, Page, PageSize};
pub use env::{Env, Fault, Faults};
pub use environment::{Environment, UnknownEnvironment};
pub use ids::{
    ConnectionId, DeliveryId, HookId, JobId, ParseIdError, RequestId, RunId, SignalId, TenantId, UserId, lowest_id_at,
};
pub use parameters::Parameters;
pub use random::{alphanumeric, bytes, sha256, token};
pub use secret::{Secret, same};
pub use signal::{Actor, Container, NewSignal, SignalKind, Subject};
