#![doc = include_str!("../README.md")]

pub mod agent_runs;
pub mod agent_tools;
pub mod audit;
pub mod auth;
mod away;
pub mod budgets;
pub mod canaries;
pub mod connections;
pub mod deliveries;
pub mod erasures;
pub mod feed;
pub mod grants;
pub mod hooks;
pub mod kept;
mod migrate;
pub mod operator_tokens;
pub mod partitions;
pub mod pending;
pub mod provider_configs;
pub mod queues;
pub mod records;
pub mod reseal;
pub mod resources;
pub mod server;
pub mod signals;
pub mod starts;
pub mod states;
pub mod streams;
pub mod subscriptions;
pub mod tenants;
mod url;

pub use away::{is_away, is_unmigrated};
pub use migrate::{connect, connect_to_pooler, is_current, migrate, migrations};
pub use sqlx::{Error, PgConnection, PgExecutor, PgPool, Postgres, Transaction, migrate::MigrateError};
pub use url::{direct_url, url};
