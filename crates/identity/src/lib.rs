#![doc = include_str!("../README.md")]

mod cache;
mod claims;
mod keys;
mod signer;
mod token;
mod verifier;

pub use cache::{Fetch, FetchError, Fetching};
pub use claims::{Audience, Claims};
pub use keys::{Algorithm, KeySet, KeySetError};
pub use signer::{PublicKey, SignError, Signer};
pub use verifier::{Verifier, VerifyError};
