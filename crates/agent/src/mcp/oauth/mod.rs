//! Servers that are protected by OAuth 2.1 as MCP has it: who gives tokens for a server is found out from the server itself, so all
//! of this is led by strangers. A token is asked for one resource, the code is bound to us by PKCE, and no address that was
//! found is called unless it is public, or on the very host that the operator has named.

mod access;
mod authority;
mod error;
mod fetch;
mod flow;
mod legacy;
mod registration;
mod resource;

pub use access::Access;
pub use authority::Authority;
pub use error::AuthorizeError;
pub use flow::{Browser, Grant};
pub use registration::Registration;

use kernel::{Clock, Secret};
use url::Url;

/// Where discovery may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// HTTPS and public addresses.
    Public,
    /// The same, and every port of the server's own host: the operator has named it, wherever it is.
    OwnHost,
}

/// The client that was registered at an authorization server by hand.
#[derive(Clone)]
pub struct Known {
    pub client_id: String,
    /// Absent: a public client.
    pub client_secret: Option<Secret>,
}

/// We, as a client of a server's authorization server.
pub struct Authorizer<'a> {
    pub client: &'a outbound::Client,
    /// The MCP server.
    pub server: &'a Url,
    pub reach: Reach,
    /// Comes before every other way to be known.
    pub known: Option<Known>,
    /// The address of our client-ID metadata document, where there is one.
    pub document: Option<&'a Url>,
    pub redirect_uri: &'a Url,
    /// How we call ourselves where we register.
    pub name: &'a str,
    pub clock: &'a Clock,
}
