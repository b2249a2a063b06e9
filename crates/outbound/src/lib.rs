#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod policy;
mod retry_after;

pub use client::{Answer, Client};
pub use error::Error;
pub use policy::{HostPolicy, PolicyError};
pub use retry_after::retry_after;
