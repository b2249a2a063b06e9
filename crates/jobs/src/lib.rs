#![doc = include_str!("../README.md")]

mod queue;
mod worker;

pub use queue::{Claimed, Failure, complete, enqueue};
pub use worker::{Run, Worker, pass, work};
