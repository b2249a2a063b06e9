#![doc = include_str!("../README.md")]

mod access_tokens;
mod algorithm;
mod cache;
mod claims;
mod id_tokens;
mod keys;
mod public_key;
mod signer;
mod token;
mod verifier;

pub use access_tokens::{AccessClaims, AccessTokens};
pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use cache::{Fetch, FetchError, Fetching};
pub use claims::{Audience, Claims};
pub use id_tokens::{IdClaims, IdTokenRules, IdTokens};
pub use keys::{KeySet, KeySetError};
pub use public_key::PublicKey;
pub use signer::{SignError, Signer};
pub use verifier::{Verifier, VerifyError};
