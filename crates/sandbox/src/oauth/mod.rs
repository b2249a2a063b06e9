//! What all vendors do alike in OAuth: which clients they know, what an authorize request must say, how a code becomes
//! tokens. How each says it, above all how it refuses, stands in the vendor's own folder.

mod authorize;
mod clients;
mod token;

pub(crate) use authorize::{Pkce, Rules, authorize, callback, client, declined, scopes};
pub(crate) use clients::{Client, Use};
pub(crate) use token::{RedirectUri, Why, exchange, form, redeem, renew};
