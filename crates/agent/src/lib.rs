#![doc = include_str!("../README.md")]

pub mod mcp;
mod source;
mod tool;

pub use source::{Progress, Source};
pub use tool::{Content, Outcome, Tool};
