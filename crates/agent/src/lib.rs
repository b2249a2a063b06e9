#![doc = include_str!("../README.md")]

pub mod mcp;
pub mod model;
pub mod run;
mod source;
mod tool;
pub mod toolbox;
pub mod transcript;

pub use model::{Definition, Model, ModelError, Turn, Usage};
pub use source::{Progress, Source};
pub use tool::{Content, Outcome, Tool};
pub use toolbox::{Allowed, Approval, Limit, Names, Offered, Opened, Standing, Toolbox, shown, standing};
