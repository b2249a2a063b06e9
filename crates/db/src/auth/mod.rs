//! The auth service's tables: people, their accounts and sessions, the links we mail, social sign-ins under way, and the
//! keys that sign JWTs.

pub mod accounts;
pub mod better_auth;
pub mod import;
pub mod links;
pub mod sessions;
pub mod sign_in_states;
pub mod signing_keys;
pub mod users;
