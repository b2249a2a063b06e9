//! What users would tell.

mod catalogue;
mod connect;
mod deliveries;
mod disconnect;
mod forget_person;
mod group_commit;
mod installations;
mod lifecycle;
mod provider_configs;
mod proxy;
mod refresh;
mod refresh_failures;
mod retries;
mod rotate_keys;
mod secrets;
mod signals;
mod slack;
mod whole;
mod zoho;
