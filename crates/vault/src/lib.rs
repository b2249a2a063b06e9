#![doc = include_str!("../README.md")]

mod keyring;
mod sealed;

pub use keyring::{KeyError, Keyring, derive};
pub use sealed::{Context, OpenError, Sealed};

#[cfg(test)]
mod proofs;
