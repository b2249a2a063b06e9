#![doc = include_str!("../README.md")]

mod authorize;
mod error;
mod grant;
mod token;

pub use authorize::{Authorization, Pkce, Started, authorize};
pub use error::{Refusal, TokenError};
pub use grant::{Grant, GrantFormatError};
pub use token::{ClientAuth, TokenBody, TokenEndpoint};
