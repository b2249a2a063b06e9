#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod policy;
mod retry_after;
mod stream;

pub use address::is_public;
pub use client::{Answer, Client, LONGEST_ANSWER};
pub use error::Error;
pub use policy::{HostPolicy, PolicyError};
pub use reqwest::Body;
pub use retry_after::retry_after;
pub use stream::{Bounds, Streamed, flowing};
