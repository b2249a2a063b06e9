//! Clients are let act for people: the stories of the authorization server.

pub mod authorize;
pub mod client;
pub mod code;
pub mod consent;
pub mod consents;
pub mod document;
pub mod exchange;
pub mod issue;
pub mod refresh;
pub mod register;
pub mod revoke;
