//! The few seams where vendors truly differ. No method has a default body: a vendor answers every question.

use crate::{Call, CallError, Configured, Endpoints, EndpointsError, Pool, Quota, Streams, Webhooks};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::{Parameters, Resource};
use oauth::Grant;
use outbound::Answer;
use serde_json::Value;
use url::Url;

/// Who stands behind a token, in the vendor's stable ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    /// The workspace or organisation that webhooks name, where there is one.
    pub org_id: Option<String>,
    pub display_name: String,
    /// Scopes as the API states them, where the token answer does not.
    pub scopes: Option<Vec<String>>,
    /// The places this one grant opens, where there are several.
    pub resources: Vec<Resource>,
}

/// What became of a grant at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    Revoked,
    /// The vendor no longer knew the grant.
    AlreadyGone,
    /// The vendor has no way to end it from here.
    NotOffered,
}

/// A vendor's code.
pub trait Vendor: Send + Sync {
    /// The vendor's addresses: its own, or those below a base that the operator configured (a self-hosted vendor, a test),
    /// for a connection with these parameters. Parameters come from outside: what they name is checked here.
    fn endpoints(&self, base: Option<&Url>, parameters: &Parameters) -> Result<Endpoints, EndpointsError>;

    /// What the vendor's redirect says besides `code` and `state` that the connection needs. Unchecked: it goes through
    /// [`Vendor::endpoints`] before anything is sent anywhere.
    fn read_redirect(&self, query: &Parameters) -> Parameters;

    /// Turns a token answer into what RFC 6749 says, errors included (`invalid_grant` for a dead code or token), with
    /// `parameters` and a `companion` where the answer brings some.
    fn read_token_answer(&self, answer: Value) -> Value;

    /// Asks the API who the grant belongs to.
    fn identify<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Account, CallError>>;

    /// Ends a grant at the vendor. What is already gone counts as done.
    fn revoke<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>>;

    /// How long an answer that is no success asks all callers of this token to wait; `None`: it says something else.
    /// `answer.body` may be cut short, which no rate limit's answer is.
    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta>;

    /// Whose requests the vendor counts together with the one that was answered so.
    fn pool(&self, headers: &HeaderMap) -> Pool;

    /// What an answer says of what may still be asked; `None`: the vendor does not say.
    fn quota(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Quota>;

    /// The side that pushes, where the vendor has one; together with the record's `webhook`.
    fn webhooks(&self) -> Option<&dyn Webhooks>;

    /// The data that can be fetched, where the vendor's code knows how.
    fn streams(&self) -> Option<&dyn Streams>;

    /// The installation side, where the vendor has one.
    fn installations(&self) -> Option<&dyn Installations>;
}

/// Organisations that install an app.
pub trait Installations: Send + Sync {
    /// The vendor's page on which a person installs the app.
    fn install_url(&self, configured: &Configured, state: &str) -> Result<Url, CallError>;

    /// The installation, if the person behind `call.token` may reach it; `None` when not. The id itself proves nothing:
    /// anybody can type one into a redirect.
    fn reachable<'a>(
        &'a self,
        call: Call<'a>,
        installation_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Account>, CallError>>;

    /// A token for the installation, minted from the app's key.
    fn mint<'a>(
        &'a self,
        configured: &'a Configured,
        client: &'a outbound::Client,
        installation_id: &'a str,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Grant, CallError>>;

    /// Removes the installation at the vendor.
    fn uninstall<'a>(
        &'a self,
        configured: &'a Configured,
        client: &'a outbound::Client,
        installation_id: &'a str,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Revocation, CallError>>;
}
