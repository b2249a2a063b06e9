//! The seams of a vendor that pushes: what arrives, what it says, and how the vendor is asked to push.

use crate::{Arrival, Call, CallError, Configured, ReadError, Reading, Refused, Unverified, Verified};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use kernel::Secret;
use url::Url;

/// A vendor's webhooks, beyond what its [`crate::Webhook`] says as data.
pub trait Webhooks: Send + Sync {
    /// Whether this is a vendor's look at the address that comes without a proof and asks for a plain 200. Nothing of it is
    /// kept or believed.
    fn is_mere_look(&self, request: &Unverified<'_>) -> bool;

    /// What a request whose proof holds says about itself; the names in `request`'s own headers are still empty. Quick: the
    /// vendor waits.
    fn arrive(&self, request: &Verified, now: DateTime<Utc>) -> Result<Arrival, Refused>;

    /// Reads a stored delivery into signals, lifecycle changes and what has to be fetched. Pure: same bytes, same answer.
    fn read(&self, delivery: &Verified) -> Result<Reading, ReadError>;

    /// The vendor's side of hooks, where we can register them ourselves.
    fn registrar(&self) -> Option<&dyn Registrar>;
}

/// One thing at the vendor that a hook of its own watches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watch {
    /// In the vendor's words: a repository's full name, a site's id, a calendar's id. One hook a target.
    pub target: String,
}

/// A hook that is about to be registered.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub target: &'a str,
    /// Where the vendor posts to: an address of this one hook.
    pub callback: &'a Url,
    /// An id that the vendor may be given: never used before, a UUID in 32 digits.
    pub id: &'a str,
    /// Agreed on with the vendor: a signing secret, or a channel's token. 43 characters of base64url.
    pub secret: &'a Secret,
}

/// A hook as the vendor knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The vendor's id, by which it is looked at and removed.
    pub external_id: String,
    /// What the vendor calls what is watched, where its requests repeat that.
    pub resource: Option<String>,
    /// `None`: it stays until it is removed.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What stands at the vendor under a hook's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// As it was registered, perhaps with an end that has moved.
    Good { expires_at: Option<DateTime<Utc>> },
    /// The vendor has it no more, or has switched it off: it has to be registered anew.
    Missing,
    /// The vendor has no way to ask.
    Unknown,
}

/// How a hook is kept beyond its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// The same hook lives on.
    Extended { expires_at: Option<DateTime<Utc>> },
    /// The vendor renews none: another one is registered before this one ends, and this one is removed after that.
    Replace,
}

/// Hooks at the vendor. Each call can be repeated: a process may have died between the vendor's answer and our note of it.
pub trait Registrar: Send + Sync {
    /// What of this connection wants a hook of its own, as far as its token reaches; empty where the operator has set up one
    /// address for the whole app, or the grant does not allow hooks. `scopes`: those that were granted.
    fn wanted<'a>(&'a self, call: Call<'a>, scopes: &'a [String]) -> BoxFuture<'a, Result<Vec<Watch>, CallError>>;

    /// Whether the vendor takes a single address of an app, on all its sites and for all its people, apart from its query.
    fn is_one_address(&self) -> bool;

    /// Registers it, or finds the one that is registered for the same callback already.
    fn register<'a>(&'a self, call: Call<'a>, order: Order<'a>) -> BoxFuture<'a, Result<Registered, CallError>>;

    fn renew<'a>(&'a self, call: Call<'a>, hook: &'a Registered) -> BoxFuture<'a, Result<Renewal, CallError>>;

    fn look<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<Standing, CallError>>;

    /// Removes it. One that is gone already is removed.
    fn remove<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<(), CallError>>;

    /// Deliveries that the vendor tried in vain and does not try again by itself, where it can be asked for them.
    fn missed(&self) -> Option<&dyn Missed>;
}

/// A vendor that remembers which deliveries failed.
pub trait Missed: Send + Sync {
    /// Asks for another attempt at every delivery of the app's own hook that has failed since `since` and has not arrived
    /// since; returns how many.
    fn redeliver<'a>(
        &'a self,
        configured: &'a Configured,
        client: &'a outbound::Client,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<usize, CallError>>;

    /// The same for a hook of one connection.
    fn redeliver_of<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
        since: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<usize, CallError>>;
}
