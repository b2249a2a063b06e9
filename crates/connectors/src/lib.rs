#![doc = include_str!("../README.md")]

mod app;
pub mod config;
mod feed;
mod flows;
mod http;
mod inbox;
mod known_providers;
mod problem;
mod refusals;
pub mod rights;
pub mod workers;

pub use app::App;
pub use flows::{
    operator_tokens, rotate_keys, tools,
    unlock::{UnlockError, unlock},
};
pub use http::{openapi, router};
