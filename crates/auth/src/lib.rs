#![doc = include_str!("../README.md")]

mod app;
mod config;
mod cookies;
mod email;
mod fields;
mod flows;
mod http;
mod keys;
mod limits;
mod origins;
mod passwords;
mod problem;
mod sweep;
mod wire;

pub use app::{App, AppError};
pub use config::{Config, Logging, database_url};
pub use http::service;
pub use keys::{KeyReport, KeysError, Takeover, tend_keys};
pub use sweep::sweep_expired_sessions;
