//! The auth service's tables: people, their accounts and sessions, and the keys that sign JWTs.

pub mod accounts;
pub mod better_auth;
pub mod import;
pub mod sessions;
pub mod signing_keys;
pub mod users;
