//! The auth service's tables: people, their accounts and sessions, the links we mail, social sign-ins under way, the keys that
//! sign JWTs, and the clients that people let act for them.

pub mod accounts;
pub mod better_auth;
pub mod import;
pub mod links;
pub mod oauth_clients;
pub mod oauth_codes;
pub mod oauth_consents;
pub mod oauth_families;
pub mod sessions;
pub mod sign_in_states;
pub mod signing_keys;
pub mod users;
