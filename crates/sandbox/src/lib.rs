#![doc = include_str!("../README.md")]

mod account;
mod app;
mod config;
mod consent;
mod control;
mod courier;
mod credentials;
mod dials;
mod faults;
mod github;
mod index;
mod ledger;
mod linear;
mod page;
mod parameters;
mod pkce;
mod serve;
mod wire;

pub use config::{Config, GithubApp, GithubConfig, LinearConfig};
pub use courier::{CaError, sign_github, sign_linear};
pub use github::BadKey;
pub use ledger::StateFileError;
pub use serve::{Running, StartError, spawn};
