#![doc = include_str!("../README.md")]

pub mod auth;
mod migrate;

pub use migrate::{connect, migrate};
