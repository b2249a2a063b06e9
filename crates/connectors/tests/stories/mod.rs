//! What users would tell.

mod catalogue;
mod connect;
mod deliveries;
mod disconnect;
mod forget_person;
mod google;
mod group_commit;
mod installations;
mod jira;
mod lifecycle;
mod provider_configs;
mod proxy;
mod reauth_due;
mod refresh;
mod refresh_failures;
mod retries;
mod rotate_keys;
mod secrets;
mod signals;
mod slack;
mod spotify;
mod whole;
mod zoho;
