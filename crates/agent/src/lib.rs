#![doc = include_str!("../README.md")]

mod source;
mod tool;

pub use source::{Progress, Source};
pub use tool::{Content, Outcome, Tool};
