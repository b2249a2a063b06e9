//! The routes, called over HTTP the way browsers and programs do. The folders mirror `src/http`.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

#[path = "../support/clients.rs"]
mod clients;
mod config;
mod cors;
mod health;
mod input;
mod keys;
mod limits;
mod member;
mod public;
mod routing;
#[path = "../support/service.rs"]
mod service;
