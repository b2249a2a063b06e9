//! The configuration: read once, every fault reported together.

mod agent;
mod operators;
mod urls;
mod vendors;

pub use agent::{AgentSettings, Prices};
pub use operators::{Operator, Operators};
pub use urls::Urls;

use crate::flows::{forward::target::Receivers, retention::Retention};
use ::providers::{Keys, Provider, Registry, catalogue};
use edge::{Redis, Telemetry, TrustedProxies, TrustedProxy};
use identity::{Fetching, Verifier};
use kernel::{Clock, CursorKey, Env, Environment, Faults, Secret};
use outbound::{Client, HostPolicy, LONGEST_ANSWER, PolicyError};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use url::Url;
use vault::Keyring;

/// A key set is small; more than this is not one.
const LARGEST_KEY_SET: usize = 64 * 1024;
/// Less than what a whole request may take, so that a silent vendor is told from a slow service.
const LONGEST_PATIENCE: u64 = 25;
const KEY_EXAMPLE: &str = "the output of: openssl rand -hex 32";

/// Everything the service is told from outside.
pub struct Config {
    pub environment: Environment,
    /// As `provider_keys` tells them.
    pub provider_keys: BTreeSet<String>,
    pub host: IpAddr,
    pub port: u16,
    pub database_url: Secret,
    /// Where `database_url` is a pooler's.
    pub direct_database_url: Option<Secret>,
    pub redis: Option<Redis>,
    pub telemetry: Telemetry,
    /// Between a SIGTERM and the end of listening.
    pub drain_delay: Duration,
    pub urls: Urls,
    pub trusted_proxies: TrustedProxies,
    pub rate_limit_per_minute: u64,
    pub proxy_patience: Duration,
    pub vendor_patience: Duration,
    pub retention: Retention,
    pub receivers: Receivers,
    pub vault: Keyring,
    pub cursors: CursorKey,
    pub operators: Operators,
    pub providers: Registry,
    /// `None`: nobody runs an agent here.
    pub agent: Option<AgentSettings>,
    pub jwks_url: Url,
    pub issuer: String,
    pub audience: String,
}

impl Config {
    /// Every fault at once, each with its key and an example; `None` values below only stand for faults already noted.
    pub fn load(env: &Env) -> Result<Self, Faults> {
        let environment = Environment::from_env(env);
        let urls = Urls::load(env, environment);
        let operators = Operators::load(env, environment);
        let keys = keys(env, environment);
        let agent = agent::load(env, environment);
        let providers = vendors::load(env, urls.as_ref(), environment);
        let database_url = db::url(env);
        let direct_database_url = db::direct_url(env);
        let proxies: Vec<TrustedProxy> = env.list("TRUSTED_PROXIES", "10.0.0.0/8");
        let rate_limit_per_minute = env.or_default("RATE_LIMIT_PER_MINUTE", 100);
        if rate_limit_per_minute == 0 {
            env.fault("RATE_LIMIT_PER_MINUTE", "must be at least 1", "100");
        }
        let proxy_patience = env.or_default("PROXY_PATIENCE_SECONDS", LONGEST_PATIENCE);
        if !(1..=LONGEST_PATIENCE).contains(&proxy_patience) {
            env.fault("PROXY_PATIENCE_SECONDS", format!("must be 1 to {LONGEST_PATIENCE}"), "25");
        }
        let vendor_patience = env.or_default("VENDOR_PATIENCE_SECONDS", LONGEST_ANSWER.as_secs());
        if !(1..=LONGEST_ANSWER.as_secs()).contains(&vendor_patience) {
            env.fault("VENDOR_PATIENCE_SECONDS", format!("must be 1 to {}", LONGEST_ANSWER.as_secs()), "15");
        }
        let retention = Retention {
            deliveries_days: days(env, "DELIVERIES_RETENTION_DAYS", 30, 366),
            signals_days: days(env, "SIGNALS_RETENTION_DAYS", 400, 3660),
            runs_days: days(env, "AGENT_RUNS_RETENTION_DAYS", 90, 3660),
            audit_days: days(env, "AUDIT_RETENTION_DAYS", 400, 3660),
        };
        let receivers = Receivers {
            private_hosts: env.list("SUBSCRIPTIONS_ALLOW_PRIVATE_HOSTS", "hooks.internal.example.com"),
            plain: environment == Environment::Development,
        };
        let jwks_url = env.required("AUTH_JWKS_URL", "http://127.0.0.1:5001/api/auth/jwks");
        let issuer = env.required("AUTH_ISSUER", "https://localhost");
        let audience = env.required("AUTH_AUDIENCE", "https://localhost");
        let host = env.or_default("HOST", IpAddr::V4(Ipv4Addr::LOCALHOST));
        let port = env.or_default("PORT", 5002);
        let redis = Redis::from_env(env);
        let telemetry = Telemetry::from_env(env);
        let drain_delay = edge::drain_delay(env);
        env.finish()?;
        match (urls, operators, keys, database_url, jwks_url, issuer, audience) {
            (
                Some(urls),
                Some(operators),
                Some((vault, cursors)),
                Some(database_url),
                Some(jwks_url),
                Some(issuer),
                Some(audience),
            ) => Ok(Self {
                environment,
                provider_keys: provider_keys(env, &providers),
                host,
                port,
                database_url,
                direct_database_url,
                redis,
                telemetry,
                drain_delay,
                urls,
                trusted_proxies: TrustedProxies::new(proxies),
                rate_limit_per_minute,
                proxy_patience: Duration::from_secs(proxy_patience),
                vendor_patience: Duration::from_secs(vendor_patience),
                retention,
                receivers,
                vault,
                cursors,
                operators,
                providers,
                agent,
                jwks_url,
                issuer,
                audience,
            }),
            // `finish` has returned already wherever a value is missing.
            _ => Err(Faults(Vec::new())),
        }
    }

    /// The check of members' tokens against the auth service's keys. The operator names that address, so it may be private.
    pub(crate) fn identity(&self, client: &Client, clock: Clock) -> Result<Verifier, PolicyError> {
        let policy = Arc::new(HostPolicy::allow([self.jwks_url.as_str()])?);
        let (client, url) = (client.clone(), self.jwks_url.clone());
        let fetch = move || -> Fetching {
            let (client, policy, url) = (client.clone(), Arc::clone(&policy), url.clone());
            Box::pin(async move {
                let request = client.request(&policy, ::http::Method::GET, &url)?;
                let answer = client.send(request, LARGEST_KEY_SET).await?;
                if !answer.status.is_success() {
                    return Err("the key set was not served".into());
                }
                Ok(answer.body.to_vec())
            })
        };
        Ok(Verifier::new(&self.issuer, &self.audience, clock, fetch))
    }
}

/// A number of days, at least one.
fn days(env: &Env, key: &str, default: u64, most: u64) -> u64 {
    let days = env.or_default(key, default);
    if !(1..=most).contains(&days) {
        env.fault(key, format!("must be 1 to {most}"), default.to_string());
    }
    days
}

/// The providers alone, read anew: the operator's own file has changed. Any fault leaves what was there.
pub fn reload_providers(env: &Env) -> Result<Registry, Faults> {
    let environment = Environment::from_env(env);
    let urls = Urls::load(env, environment);
    let registry = vendors::load(env, urls.as_ref(), environment);
    env.finish()?;
    Ok(registry)
}

/// The providers as far as they are set up, and our addresses, whatever else is wrong. `None`: we do not know our own address.
pub fn providers_and_urls(env: &Env) -> Option<(Registry, Urls)> {
    let environment = Environment::from_env(env);
    let urls = Urls::load(env, environment)?;
    Some((vendors::load(env, Some(&urls), environment), urls))
}

/// Those of the providers' settings that are there, by key, without what they are set to: for whoever asks what is missing.
pub fn provider_keys(env: &Env, providers: &Registry) -> BTreeSet<String> {
    let keys = providers.all().flat_map(|provider| {
        let Keys { client_id, client_secret, webhook_secret, app, push, .. } = &provider.keys;
        let app = app.iter().flat_map(|app| [&app.name, &app.id, &app.private_key, &app.private_key_path]);
        let push = push.iter().flat_map(|push| [&push.topic, &push.service_account]);
        [client_id, client_secret].into_iter().chain(webhook_secret).chain(app).chain(push)
    });
    keys.filter(|key| env.has(key)).cloned().collect()
}

/// Every provider there is, for a command that has to know a name.
pub fn known_providers(env: &Env) -> Result<Vec<Arc<Provider>>, catalogue::Faults> {
    let own: Option<PathBuf> = env.optional("PROVIDERS_FILE", "/etc/connectors/providers.toml");
    vendors::providers(own.as_deref())
}

/// What `rotate-keys` is told from outside: where the sealed values are, and the keys.
pub fn sealing(env: &Env) -> Result<(Secret, Keyring), Faults> {
    // A command that goes on for long has a session of its own.
    let database_url = db::direct_url(env).or_else(|| db::url(env));
    let keys = keys(env, Environment::from_env(env));
    env.finish()?;
    // `finish` has returned already wherever a value is missing.
    database_url.zip(keys).map(|(url, (vault, _))| (url, vault)).ok_or(Faults(Vec::new()))
}

/// The vault's keys, and the cursors' key derived from the same text.
fn keys(env: &Env, environment: Environment) -> Option<(Keyring, CursorKey)> {
    let several: Option<Secret> = env.optional("ENCRYPTION_KEYS", "2:<new key>,1:<old key>");
    let single: Option<Secret> = env.aliased(&["ENCRYPTION_KEY", "AIT_ENCRYPTION_KEY"], KEY_EXAMPLE);
    let (key, text, ring) = match (several, single) {
        (Some(text), _) => ("ENCRYPTION_KEYS", text.clone(), Keyring::parse(text.expose())),
        (None, Some(text)) => ("ENCRYPTION_KEY", text.clone(), Keyring::single(text.expose())),
        (None, None) => {
            env.fault("ENCRYPTION_KEY", "is missing", KEY_EXAMPLE);
            return None;
        }
    };
    if environment.refuses(text.expose()) {
        env.fault(key, "is an example value", KEY_EXAMPLE);
        return None;
    }
    match ring {
        Ok(ring) => Some((ring, CursorKey::new(*vault::derive(&text, "cursors").ok()?))),
        Err(error) => {
            env.fault(key, error.to_string(), KEY_EXAMPLE);
            None
        }
    }
}
