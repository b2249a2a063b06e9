#![doc = include_str!("../README.md")]

mod account_tokens;
mod app;
mod config;
mod cookies;
mod email;
mod fields;
mod flows;
mod http;
mod import;
mod keys;
mod limits;
mod mail;
mod oauth2;
mod origins;
mod passwords;
mod problem;
mod redirect;
mod social;
mod sweep;
mod wire;
mod workers;

pub use account_tokens::{AccountToken, AccountTokenError, AccountTokens};
pub use app::{App, AppError};
pub use config::{Config, database_url};
pub use http::service;
pub use import::{Counts, ImportError, Mode, Reason, Report, Target, Trouble, import};
pub use keys::{KeyReport, KeysError, Takeover, tend_keys};
pub use sweep::{sweep, sweep_leftovers};
pub use workers::{run_jobs, work};
