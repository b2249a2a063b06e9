//! The settings of each provider: whole, or absent. A half-configured provider is a fault.

use super::Urls;
use kernel::{Env, Environment, Secret};
use providers::{ALL, AppKeys, AppSettings, Configured, Provider, Registry, Settings};
use url::Url;

/// A shorter signing secret would let anybody sign webhooks.
const SHORTEST_WEBHOOK_SECRET: usize = 16;

/// `urls` is absent when they are faulty; the providers' own faults are to be found all the same.
pub(super) fn load(env: &Env, urls: Option<&Urls>, environment: Environment) -> Registry {
    Registry::new(ALL.iter().filter_map(|provider| one(env, urls, environment, provider)))
}

fn one(env: &Env, urls: Option<&Urls>, environment: Environment, provider: &'static Provider) -> Option<Configured> {
    let keys = &provider.keys;
    let client_id: Option<String> = env.optional(keys.client_id, "the id the vendor shows");
    let client_secret: Option<Secret> = env.optional(keys.client_secret, "the secret the vendor shows");
    let redirect_uri: Option<Url> =
        env.optional(keys.redirect_uri, "https://connectors.example.com/oauth/<provider>/callback");
    let webhook_secret: Option<Secret> = env.optional(keys.webhook_secret, "the output of: openssl rand -hex 32");
    let base_url: Option<Url> = env.optional(keys.base_url, "https://vendor.example.com");
    let app = keys.app.as_ref().map(|keys| app(env, keys));
    let (client_id, client_secret) = match (client_id, client_secret) {
        (Some(id), Some(secret)) => (id, secret),
        (Some(_), None) => {
            env.fault(keys.client_secret, "is missing while the client id is set", "the secret the vendor shows");
            return None;
        }
        (None, Some(_)) => {
            env.fault(keys.client_id, "is missing while the client secret is set", "the id the vendor shows");
            return None;
        }
        (None, None) => return None,
    };
    if base_url.as_ref().is_some_and(|url| url.scheme() != "https") && environment == Environment::Production {
        env.fault(keys.base_url, "must be https outside of development", "https://vendor.example.com");
    }
    if webhook_secret.as_ref().is_some_and(|secret| secret.expose().len() < SHORTEST_WEBHOOK_SECRET) {
        env.fault(
            keys.webhook_secret,
            format!("is shorter than {SHORTEST_WEBHOOK_SECRET} characters"),
            "the output of: openssl rand -hex 32",
        );
    }
    let secrets = [(keys.client_secret, Some(&client_secret)), (keys.webhook_secret, webhook_secret.as_ref())];
    for (key, secret) in secrets {
        if secret.is_some_and(|secret| environment.refuses(secret.expose())) {
            env.fault(key, "is a value from the example file", "the secret the vendor shows");
        }
    }
    let redirect_uri = redirect_uri.or_else(|| urls?.callback(provider.slug).parse().ok())?;
    let settings = Settings {
        client_id,
        client_secret,
        redirect_uri,
        webhook_secrets: webhook_secret.into_iter().collect(),
        base_url,
        app: app.flatten(),
    };
    match Configured::new(provider, settings) {
        Ok(configured) => Some(configured),
        Err(error) => {
            env.fault(keys.base_url, error.to_string(), "https://vendor.example.com");
            None
        }
    }
}

/// The app that organisations install: name, id and key, or none of them.
fn app(env: &Env, keys: &AppKeys) -> Option<AppSettings> {
    let name: Option<String> = env.optional(keys.name, "the app's slug");
    let id: Option<String> = env.optional(keys.id, "123456");
    let inline: Option<Secret> = env.optional(keys.private_key, "the PEM text, line ends written as \\n");
    let path: Option<String> = env.optional(keys.private_key_path, "/run/secrets/app.pem");
    let private_key = match (inline, path) {
        (Some(inline), _) => Some(Secret::from(inline.expose().replace("\\n", "\n"))),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(pem) => Some(Secret::from(pem)),
            Err(error) => {
                env.fault(keys.private_key_path, format!("cannot be read: {}", error.kind()), "/run/secrets/app.pem");
                return None;
            }
        },
        (None, None) => None,
    };
    match (name, id, private_key) {
        (Some(name), Some(id), Some(private_key)) => Some(AppSettings { name, id, private_key }),
        (None, None, None) => None,
        _ => {
            env.fault(keys.id, "name, id and private key of the app go together", "123456");
            None
        }
    }
}
