//! Mirrors `src/http`: one folder a door, and beside them what holds for all doors.

mod clients;
mod config;
mod doors;
mod fuzz;
mod hooks;
mod limits;
mod member;
mod openapi;
mod operator;
pub mod operator_tokens;
mod public;
mod routing;
mod tenant;
mod walls;

pub use operator_tokens::limited_token;
