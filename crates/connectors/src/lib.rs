#![doc = include_str!("../README.md")]

mod app;
pub mod config;
mod feed;
mod flows;
mod group;
mod handover;
mod http;
mod inbox;
mod known_providers;
mod ledger;
pub mod measure;
mod outlooks;
mod problem;
mod refusals;
pub mod rights;
pub mod workers;

pub use app::App;
pub use flows::{
    audit, doctor, operator_tokens, rotate_keys, tools,
    unlock::{UnlockError, try_keys, unlock, unlock_when_possible},
};
pub use http::{bind, openapi, router, unbound};
