//! One story a file.

pub mod budget;
pub mod connect;
pub mod deliver;
pub mod disconnect;
pub mod events;
pub mod forget_person;
pub mod forward;
pub mod hand_out;
pub mod health;
pub mod hooks;
pub mod installations;
pub mod months;
pub mod normalize;
pub mod operator_tokens;
pub mod provider_configs;
pub mod proxy;
pub mod refresh_ahead;
pub mod retention;
pub mod revoke;
pub mod rotate_keys;
mod sealing;
pub mod settings;
pub mod subscriptions;
pub mod sweep;
pub mod sync;
pub mod unlock;
pub mod vend;
