#![doc = include_str!("../README.md")]

mod account_tokens;
mod app;
mod config;
mod cookies;
mod email;
mod fields;
mod flows;
mod http;
mod keys;
mod limits;
mod mail;
mod origins;
mod passwords;
mod problem;
mod redirect;
mod social;
mod sweep;
mod wire;
mod workers;

pub use app::{App, AppError};
pub use config::{Config, Logging, database_url};
pub use http::service;
pub use keys::KeysError;
pub use sweep::sweep_leftovers;
pub use workers::{run_jobs, work};
