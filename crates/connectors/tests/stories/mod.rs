//! What users would tell.

mod connect;
mod deliveries;
mod disconnect;
mod forget_person;
mod group_commit;
mod health;
mod installations;
mod lifecycle;
mod provider_configs;
mod proxy;
mod refresh;
mod refresh_cut_off;
mod refresh_failures;
mod retries;
mod rotate_keys;
mod secrets;
mod signals;
mod whole;
