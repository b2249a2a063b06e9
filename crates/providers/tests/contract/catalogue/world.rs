//! An entry with settings, at the vendor's own place or at one that plays it.

use kernel::Parameters;
use providers::{
    Configured, ConfiguredError, Provider, Settings, VENDORS,
    catalogue::{Entry, built_in, provider, providers},
};
use std::sync::Arc;

pub const CLIENT_ID: &str = "client+id 1";
/// With characters that every encoding treats differently.
pub const CLIENT_SECRET: &str = "s3cr+t/% ü:=";
pub const REDIRECT: &str = "https://localhost:8443/oauth/callback?a=1&b=%2F";

/// Every entry, and the provider made of it.
pub fn all() -> Vec<(&'static Entry, Arc<Provider>)> {
    let entries = &built_in().unwrap_or_else(|faults| panic!("{faults}")).entries;
    entries.values().map(|entry| (entry, Arc::new(provider(entry.clone())))).collect()
}

/// The whole house: vendors with code and those without.
pub fn house() -> Vec<Arc<Provider>> {
    let catalogue = providers(None).unwrap_or_else(|faults| panic!("{faults}"));
    VENDORS.iter().cloned().chain(catalogue).collect()
}

/// What a person says who says what the entry gives as examples.
pub fn examples(provider: &Provider) -> Parameters {
    provider.inputs.iter().map(|input| (input.name.clone(), input.example.clone())).collect()
}

pub fn configured(
    provider: &Arc<Provider>,
    base: Option<&str>,
    parameters: &Parameters,
) -> Result<Configured, ConfiguredError> {
    let settings = Settings {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.into(),
        former_client_secrets: Vec::new(),
        redirect_uri: REDIRECT.parse().unwrap(),
        webhook_secrets: Vec::new(),
        base_url: base.map(|base| base.parse().unwrap()),
        scopes: None,
        app: None,
        push: None,
    };
    Configured::new(Arc::clone(provider), Arc::new(settings), parameters)
}
