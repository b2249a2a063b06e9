//! A Postgres of our own: found, given a home, started.

mod cluster;
mod find;
mod home;
mod standby;

pub use cluster::{Cluster, Durability};
pub use find::{Install, find};
pub use home::far;
