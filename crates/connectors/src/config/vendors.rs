//! The settings of each provider: whole, or absent. A half-configured provider is a fault.

use super::Urls;
use kernel::{Env, Environment, Parameters, Secret};
use providers::{
    AppKeys, AppSettings, Configured, ConfiguredError, EndpointsError, Provider, Registry, Settings, VENDORS,
    catalogue::{self, Faults},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};
use url::Url;

/// A shorter signing secret would let anybody sign webhooks.
const SHORTEST_WEBHOOK_SECRET: usize = 16;
const OWN_FILE: &str = "PROVIDERS_FILE";
const BASE_URL: &str = "https://vendor.example.com";

/// `urls` is absent when they are faulty; the providers' own faults are to be found all the same.
pub(super) fn load(env: &Env, urls: Option<&Urls>, environment: Environment) -> Registry {
    let own: Option<PathBuf> = env.optional(OWN_FILE, "/etc/connectors/providers.toml");
    let known = providers(own.as_deref()).unwrap_or_else(|faults| {
        for fault in &faults.faults {
            env.fault(OWN_FILE, format!("{}:{}: {}", faults.file, fault.line, fault.problem), "a file without faults");
        }
        VENDORS.clone()
    });
    let mut base_urls = BTreeMap::new();
    let mut settings = BTreeMap::new();
    for provider in &known {
        let keys = Keys { env, provider };
        let base_url = keys.base_url(environment);
        if let Some(url) = &base_url {
            base_urls.insert(provider.slug.clone(), url.clone());
        }
        settings.extend(keys.settings(urls, environment, base_url).map(|found| (provider.slug.clone(), found)));
    }
    Registry::new(known, settings, base_urls)
}

/// Every provider there is: the vendors, the catalogue, and the entries of an operator's own file.
pub fn providers(own: Option<&Path>) -> Result<Vec<Arc<Provider>>, Faults> {
    Ok(VENDORS.iter().cloned().chain(catalogue::providers(own)?).collect())
}

/// The keys of one provider.
struct Keys<'a> {
    env: &'a Env,
    provider: &'a Arc<Provider>,
}

impl Keys<'_> {
    /// The keys of vendors are listed in `.env.example`, those of the catalogue follow a pattern.
    fn read<T: FromStr>(&self, key: &str, example: &str) -> Option<T> {
        let is_vendor = VENDORS.iter().any(|vendor| vendor.slug == self.provider.slug);
        if is_vendor { self.env.optional(key, example) } else { self.env.patterned(key, example) }
    }

    fn base_url(&self, environment: Environment) -> Option<Url> {
        let key = &self.provider.keys.base_url;
        let url: Option<Url> = self.read(key, BASE_URL);
        if url.as_ref().is_some_and(|url| url.scheme() != "https") && environment == Environment::Production {
            self.env.fault(key, "must be https outside of development", BASE_URL);
        }
        url
    }

    fn settings(&self, urls: Option<&Urls>, environment: Environment, base_url: Option<Url>) -> Option<Settings> {
        let Self { env, provider } = self;
        let keys = &provider.keys;
        let redirect_uri: Option<Url> =
            self.read(&keys.redirect_uri, "https://connectors.example.com/oauth/<provider>/callback");
        let webhook_secret = keys.webhook_secret.as_ref().and_then(|key| self.webhook_secret(key, environment));
        let app = keys.app.as_ref().and_then(|keys| app(env, keys));
        let (client_id, client_secret) = self.client(environment)?;
        let redirect_uri = redirect_uri.or_else(|| urls?.callback(&provider.slug).parse().ok())?;
        let settings = Settings {
            client_id,
            client_secret,
            redirect_uri,
            webhook_secrets: webhook_secret.into_iter().collect(),
            base_url,
            scopes: None,
            app,
        };
        match Configured::new(Arc::clone(provider), Arc::new(settings.clone()), &Parameters::default()) {
            // A provider with several places is checked at each of them.
            Ok(_) | Err(ConfiguredError::Endpoints(EndpointsError::Missing(_))) => Some(settings),
            Err(error) => {
                env.fault(&keys.base_url, error.to_string(), BASE_URL);
                None
            }
        }
    }

    /// Id and secret, or neither.
    fn client(&self, environment: Environment) -> Option<(String, Secret)> {
        let Self { env, provider } = self;
        let keys = &provider.keys;
        let client_id: Option<String> = self.read(&keys.client_id, "the id the vendor shows");
        let client_secret: Option<Secret> = self.read(&keys.client_secret, "the secret the vendor shows");
        match (client_id, client_secret) {
            (Some(id), Some(secret)) => {
                self.refuse_example(&keys.client_secret, &secret, environment);
                Some((id, secret))
            }
            (Some(_), None) => {
                env.fault(&keys.client_secret, "is missing while the client id is set", "the secret the vendor shows");
                None
            }
            (None, Some(_)) => {
                env.fault(&keys.client_id, "is missing while the client secret is set", "the id the vendor shows");
                None
            }
            (None, None) => None,
        }
    }

    fn webhook_secret(&self, key: &str, environment: Environment) -> Option<Secret> {
        const EXAMPLE: &str = "the output of: openssl rand -hex 32";
        let secret: Secret = self.env.optional(key, EXAMPLE)?;
        if secret.expose().len() < SHORTEST_WEBHOOK_SECRET {
            self.env.fault(key, format!("is shorter than {SHORTEST_WEBHOOK_SECRET} characters"), EXAMPLE);
        }
        self.refuse_example(key, &secret, environment);
        Some(secret)
    }

    fn refuse_example(&self, key: &str, secret: &Secret, environment: Environment) {
        if environment.refuses(secret.expose()) {
            self.env.fault(key, "is a value from the example file", "the secret the vendor shows");
        }
    }
}

/// The app that organisations install: name, id and key, or none of them.
fn app(env: &Env, keys: &AppKeys) -> Option<AppSettings> {
    let name: Option<String> = env.optional(&keys.name, "the app's slug");
    let id: Option<String> = env.optional(&keys.id, "123456");
    let inline: Option<Secret> = env.optional(&keys.private_key, "the PEM text, line ends written as \\n");
    let path: Option<String> = env.optional(&keys.private_key_path, "/run/secrets/app.pem");
    let private_key = match (inline, path) {
        (Some(inline), _) => Some(Secret::from(inline.expose().replace("\\n", "\n"))),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(pem) => Some(Secret::from(pem)),
            Err(error) => {
                env.fault(&keys.private_key_path, format!("cannot be read: {}", error.kind()), "/run/secrets/app.pem");
                return None;
            }
        },
        (None, None) => None,
    };
    match (name, id, private_key) {
        (Some(name), Some(id), Some(private_key)) => Some(AppSettings { name, id, private_key }),
        (None, None, None) => None,
        _ => {
            env.fault(&keys.id, "name, id and private key of the app go together", "123456");
            None
        }
    }
}
