#![doc = include_str!("../README.md")]

mod address;
mod client;
mod ear;
mod error;
mod look;
mod policy;
mod request;
mod retry_after;
mod stream;

pub use address::is_public;
pub use client::{Answer, Client, LONGEST_ANSWER};
pub use ear::{Ear, Head};
pub use error::Error;
pub use look::{Certificate, LookError, Seen, is_ready, look};
pub use policy::{HostPolicy, PolicyError};
pub use request::Request;
pub use reqwest::Body;
pub use retry_after::retry_after;
pub use stream::{Bounds, Streamed, flowing};
