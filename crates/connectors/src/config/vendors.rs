//! The settings of each provider: whole, or absent. A half-configured provider is a fault.

use super::Urls;
use kernel::{Env, Environment, Parameters, Secret};
use providers::{
    AppKeys, AppSettings, Auth, Configured, ConfiguredError, EndpointsError, McpServer, Proof, Provider, PushKeys,
    PushSettings, Registry, Settings, VENDORS,
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
const MCP_URL: &str = "https://mcp.vendor.example.com/mcp";

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
    let mut mcp_servers = BTreeMap::new();
    for provider in &known {
        let keys = Keys { env, provider };
        let base_url = keys.base_url(environment);
        if let Some(url) = &base_url {
            base_urls.insert(provider.slug.clone(), url.clone());
        }
        mcp_servers.extend(keys.mcp_server(environment).map(|server| (provider.slug.clone(), server)));
        settings.extend(keys.settings(urls, environment, base_url).map(|found| (provider.slug.clone(), found)));
    }
    Registry::new(known, settings, base_urls, mcp_servers)
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

    /// What the environment names goes over what an entry says. A token travels there, so that nothing is guessed.
    fn mcp_server(&self, environment: Environment) -> Option<McpServer> {
        let key = &self.provider.keys.mcp_url;
        let named: Option<Url> = self.read(key, MCP_URL);
        let Some(url) = named else {
            let server = McpServer::of_entry(self.provider.mcp_url.clone()?);
            let refused =
                |error| self.env.fault(OWN_FILE, format!("{}: mcp_url: {error}", self.provider.slug), MCP_URL);
            return server.map_err(refused).ok();
        };
        let is_plain = url.scheme() == "http" && environment == Environment::Development;
        let problem = if url.scheme() != "https" && !is_plain {
            "must be https outside of development"
        } else if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            "must be without user name, password and fragment"
        } else if matches!(self.provider.auth, Auth::Basic) {
            "is of no use: the server takes a token, and this provider has passwords"
        } else {
            return McpServer::of_operator(url).map_err(|error| self.env.fault(key, error.to_string(), MCP_URL)).ok();
        };
        self.env.fault(key, problem, MCP_URL);
        None
    }

    fn settings(&self, urls: Option<&Urls>, environment: Environment, base_url: Option<Url>) -> Option<Settings> {
        let Self { env, provider } = self;
        let keys = &provider.keys;
        let redirect_uri: Option<Url> =
            self.read(&keys.redirect_uri, "https://connectors.example.com/oauth/<provider>/callback");
        let webhook_secrets = keys.webhook_secret.as_ref().map(|key| self.webhook_secrets(key, environment));
        let app = keys.app.as_ref().and_then(|keys| app(env, keys));
        let push = keys.push.as_ref().and_then(|keys| push(env, keys));
        let former_client_secrets = self.former_client_secret(environment).into_iter().collect();
        let (client_id, client_secret) = match self.client(environment) {
            Some(client) => client,
            // Credentials are pasted, so that there is no client; what it pushes is signed all the same.
            None if provider.oauth().is_none() && webhook_secrets.as_ref().is_some_and(|some| !some.is_empty()) => {
                (String::new(), Secret::from(""))
            }
            None => return None,
        };
        let redirect_uri = redirect_uri.or_else(|| urls?.callback(&provider.slug).parse().ok())?;
        let settings = Settings {
            client_id,
            client_secret,
            former_client_secrets,
            redirect_uri,
            webhook_secrets: webhook_secrets.unwrap_or_default(),
            base_url,
            scopes: None,
            app,
            push,
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

    /// The one that is used now, and the one before it, which the vendor may still sign with.
    fn webhook_secrets(&self, key: &str, environment: Environment) -> Vec<Secret> {
        let now = self.webhook_secret(key, environment);
        let before = self.webhook_secret(&format!("{key}_PREVIOUS"), environment);
        now.into_iter().chain(before).collect()
    }

    /// The secret before this one, where the vendor signs webhooks with the client's secret.
    fn former_client_secret(&self, environment: Environment) -> Option<Secret> {
        let signs = |proof: &Proof| matches!(proof, Proof::ClientJwt);
        self.provider.webhook.as_ref().filter(|webhook| webhook.proofs.iter().any(signs))?;
        let key = format!("{}_PREVIOUS", self.provider.keys.client_secret);
        let secret: Secret = self.read(&key, "the secret that the vendor showed before")?;
        self.refuse_example(&key, &secret, environment);
        Some(secret)
    }

    fn webhook_secret(&self, key: &str, environment: Environment) -> Option<Secret> {
        const EXAMPLE: &str = "the output of: openssl rand -hex 32";
        let secret: Secret = self.read(key, EXAMPLE)?;
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

/// The message service that pushes: topic and account, or neither.
fn push(env: &Env, keys: &PushKeys) -> Option<PushSettings> {
    let topic: Option<String> = env.optional(&keys.topic, "projects/<project>/topics/<topic>");
    let service_account: Option<String> = env.optional(&keys.service_account, "push@<project>.iam.gserviceaccount.com");
    match (topic, service_account) {
        (Some(topic), Some(service_account)) => Some(PushSettings { topic, service_account }),
        (None, None) => None,
        _ => {
            env.fault(
                &keys.topic,
                "topic and service account of the push go together",
                "projects/<project>/topics/<topic>",
            );
            None
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
