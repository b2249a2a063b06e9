//! The configuration: read once from the environment, every fault reported together.

mod keys;
mod mail;
mod oauth2;
mod policy;
mod secrets;
mod switch;

pub use mail::{MailConfig, SmtpConfig};
pub use oauth2::OAuth2Config;
pub use policy::Policy;
pub use switch::Switch;

use crate::{cookies::Secure, keys::Rotation, limits::RateLimit, origins::Pattern};
use edge::{Redis, Telemetry, TrustedProxies, TrustedProxy};
use identity::Algorithm;
use kernel::{Env, Environment, Faults, Secret};
use providers::sign_in::ConfiguredSignIn;
use secrets::real_secret;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::Url;

/// Everything `auth serve` needs.
pub struct Config {
    pub address: SocketAddr,
    pub database_url: Secret,
    /// Where `database_url` is a pooler's.
    pub direct_database_url: Option<Secret>,
    /// Without it, rate limits are counted in this process.
    pub redis: Option<Redis>,
    pub public_url: Url,
    /// Frontends that may call us from a browser.
    pub cors_origins: Vec<Url>,
    /// What else may call us and be returned to: origins, patterns with `*` and `?`, and schemes of apps.
    pub trusted_origins: Vec<Pattern>,
    pub trusted_proxies: TrustedProxies,
    pub rate_limit: RateLimit,
    /// `BETTER_AUTH_SECRET`: signs cookies.
    pub cookie_secret: Secret,
    /// `JWT_SECRET`: seals the signing keys.
    pub jwt_secret: Secret,
    /// What signs JWTs, and for how long.
    pub signing: (Algorithm, Rotation),
    pub issuer: String,
    pub audience: String,
    /// What clients can get tokens for.
    pub oauth2: OAuth2Config,
    pub policy: Policy,
    pub mail: MailConfig,
    /// The providers that people may sign in with.
    pub sign_ins: Vec<Arc<ConfiguredSignIn>>,
    pub telemetry: Telemetry,
    /// Between a SIGTERM and the end of listening.
    pub drain_delay: Duration,
}

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, Faults> {
        let environment = Environment::from_env(env);
        let host = env.or_default("HOST", IpAddr::V4(Ipv4Addr::LOCALHOST));
        let port = env.or_default("PORT", 5001_u16);
        let database_url = db::url(env);
        let direct_database_url = db::direct_url(env);
        let redis = Redis::from_env(env);
        let public_url = env.required::<Url>("PUBLIC_URL", "https://connectors.example.com");
        if let Some(url) = &public_url {
            check_origin(env, "PUBLIC_URL", url);
            if environment == Environment::Production && url.scheme() != "https" {
                env.fault("PUBLIC_URL", "must be https in production", "https://connectors.example.com");
            }
        }
        let cors_origins: Vec<Url> = env.list("CORS_ORIGINS", "https://app.example.com");
        for origin in &cors_origins {
            check_origin(env, "CORS_ORIGINS", origin);
        }
        let trusted_origins = env.list("AUTH_TRUSTED_ORIGINS", "https://*.example.com,myapp://");
        let proxies: Vec<TrustedProxy> = env.list("TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8");
        let rate_limit = env.optional("AUTH_RATE_LIMIT", "on").unwrap_or(RateLimit::On);
        if environment == Environment::Production && rate_limit == RateLimit::Off {
            env.fault("AUTH_RATE_LIMIT", "cannot be off in production", "on");
        }
        let cookie_secret = real_secret(env, environment, "BETTER_AUTH_SECRET");
        let jwt_secret = real_secret(env, environment, "JWT_SECRET");
        if let (Some(one), Some(other)) = (&cookie_secret, &jwt_secret)
            && one.expose() == other.expose()
        {
            env.fault("JWT_SECRET", "is the same as BETTER_AUTH_SECRET", secrets::EXAMPLE);
        }
        let signing = keys::signing(env);
        let issuer: Option<String> = env.required("AUTH_ISSUER", "https://connectors.example.com");
        let audience: Option<String> = env.required("AUTH_AUDIENCE", "https://connectors.example.com");
        let oauth2 = OAuth2Config::from_env(env, environment, issuer.as_deref(), audience.as_deref());
        let mail = MailConfig::from_env(env, environment);
        let policy = Policy::from_env(env, environment, mail.is_on());
        let telemetry = Telemetry::from_env(env);
        let drain_delay = edge::drain_delay(env);
        let sign_ins = providers::sign_in::configured(env).into_iter().map(Arc::new).collect();
        env.finish()?;
        match (database_url, public_url, cookie_secret, jwt_secret, issuer, audience) {
            (
                Some(database_url),
                Some(public_url),
                Some(cookie_secret),
                Some(jwt_secret),
                Some(issuer),
                Some(audience),
            ) => Ok(Self {
                address: (host, port).into(),
                database_url,
                direct_database_url,
                redis,
                public_url,
                cors_origins,
                trusted_origins,
                trusted_proxies: TrustedProxies::new(proxies),
                rate_limit,
                cookie_secret,
                jwt_secret,
                signing,
                issuer,
                audience,
                oauth2,
                policy,
                mail,
                sign_ins,
                telemetry,
                drain_delay,
            }),
            // What is missing has been noted as a fault, so `finish` has returned already.
            _ => Err(Faults(Vec::new())),
        }
    }

    /// Where commands have a session of their own.
    pub fn session_url(&self) -> &Secret {
        self.direct_database_url.as_ref().unwrap_or(&self.database_url)
    }

    /// Browsers reach us the way `PUBLIC_URL` says.
    pub fn secure(&self) -> Secure {
        if self.public_url.scheme() == "https" { Secure::Https } else { Secure::Plain }
    }
}

/// The database alone, for `auth migrate`.
pub fn database_url(env: &Env) -> Result<Secret, Faults> {
    let url = db::direct_url(env).or_else(|| db::url(env));
    env.finish()?;
    url.ok_or_else(|| Faults(Vec::new()))
}

/// Origins are compared whole, so a path or a query in one would be a misunderstanding.
fn check_origin(env: &Env, key: &'static str, url: &Url) {
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !bare || !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        env.fault(key, "must be an origin: scheme, host and port, nothing more", "https://app.example.com");
    }
}
