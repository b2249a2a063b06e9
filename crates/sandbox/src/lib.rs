#![doc = include_str!("../README.md")]

mod account;
mod app;
mod atlassian;
mod config;
mod consent;
mod control;
mod courier;
mod credentials;
mod dials;
mod faults;
mod generic;
mod github;
mod google;
mod id_tokens;
mod index;
mod ledger;
mod linear;
mod mail;
mod mirror;
mod oauth;
mod page;
mod parameters;
mod people;
mod pkce;
mod serve;
mod slack;
mod spotify;
mod tokens;
mod wire;
mod zoho;

pub use config::{Config, ConnectApp, ConnectApps, GithubApp, GithubConfig, LinearConfig, SignInApp, SignInApps};
pub use courier::{CaError, sign_github, sign_linear, sign_slack};
pub use github::BadKey;
pub use ledger::StateFileError;
pub use serve::{Running, StartError, spawn};
pub use tokens::CANARY;
