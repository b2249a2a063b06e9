//! What every handler can reach.

use crate::{
    config::{Config, Policy},
    cookies::Cookies,
    flows::token::Issued,
    keys::{KeyReport, Keys, KeysError, Takeover},
    limits::Limits,
    mail::Mailer,
    oauth2::Server,
    origins::Origins,
    passwords::Passwords,
    social::Social,
};
use db::{Gather, PgPool, Steady, auth::sessions::OfToken};
use edge::{Shutdown, TrustedProxies};
use kernel::Clock;
use tokio::sync::Notify;

/// Connections for sessions to be looked up by, beside the pool.
const STEADY: usize = 4;

/// The parts of the running service. No logic.
pub struct App {
    pub pool: PgPool,
    /// Who a request comes from, which nearly every one asks.
    pub sessions: Gather<OfToken>,
    pub clock: Clock,
    pub cookies: Cookies,
    pub origins: Origins,
    pub passwords: Passwords,
    pub keys: Keys,
    /// JWTs of a moment ago.
    pub issued: Issued,
    pub limits: Limits,
    pub proxies: TrustedProxies,
    pub policy: Policy,
    pub mail: MailRoom,
    pub social: Social,
    /// What clients get tokens by.
    pub oauth2: Server,
    /// Where people reach us, without a slash at the end.
    pub base_url: String,
    /// The `iss` of our JWTs.
    pub issuer: String,
    /// Their `aud`.
    pub audience: String,
    /// Where the keys are that verify them.
    pub jwks_uri: String,
    pub shutdown: Shutdown,
}

/// How mail leaves.
pub struct MailRoom {
    pub mailer: Mailer,
    /// Tells the worker that a letter waits.
    pub wake: Notify,
}

/// Why the parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("BETTER_AUTH_SECRET cannot sign cookies")]
    Cookies(#[from] hmac::digest::InvalidLength),
    #[error("the password hash cannot be set up")]
    Passwords(#[from] crate::passwords::PasswordError),
    #[error("no sealing key can be derived from JWT_SECRET")]
    Keys(#[from] vault::KeyError),
    #[error("social sign-in cannot be set up")]
    Social(#[from] crate::social::SocialError),
    #[error("mail cannot be sent")]
    Mail(#[from] crate::mail::MailSetupError),
    #[error("the authorization server cannot be set up")]
    OAuth2(#[from] crate::oauth2::ServerError),
    #[error("the limits cannot be set up")]
    Limits(#[from] crate::limits::LimitsError),
}

impl App {
    pub fn new(config: &Config, pool: PgPool, clock: Clock) -> Result<Self, AppError> {
        Ok(Self {
            cookies: Cookies::new(&config.cookie_secret, config.secure())?,
            origins: Origins::new(config.public_url.clone(), &config.cors_origins, &config.trusted_origins),
            passwords: Passwords::new(&config.jwt_secret)?,
            keys: Keys::new(pool.clone(), clock.clone(), &config.jwt_secret, config.signing)?,
            issued: Issued::default(),
            limits: Limits::new(config.rate_limit, config.redis.as_ref(), &config.jwt_secret)?,
            policy: config.policy.clone(),
            mail: MailRoom { mailer: Mailer::new(&config.mail)?, wake: Notify::new() },
            social: Social::new(config, &clock)?,
            oauth2: Server::new(config)?,
            base_url: config.public_url.origin().ascii_serialization(),
            proxies: config.trusted_proxies.clone(),
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            // The URL of an origin ends with a slash.
            jwks_uri: format!("{}.well-known/jwks.json", config.public_url),
            shutdown: Shutdown::new(),
            sessions: Gather::open(&Steady::beside(&pool, STEADY, config.direct_database_url.is_some())),
            pool,
            clock,
        })
    }

    /// Reads the signing key, or makes it, so that a wrong `JWT_SECRET` is found at start and not at the first sign-in.
    pub async fn load_keys(&self) -> Result<(), KeysError> {
        self.keys.current().await.map(|_| ())
    }

    /// Replaces the signing key, for `auth rotate-keys`; says which keys are published then.
    pub async fn rotate_keys(&self, takeover: Takeover) -> Result<Vec<KeyReport>, KeysError> {
        self.keys.rotate(takeover).await
    }

    /// What the task of [`tend_keys`](crate::tend_keys) does every few seconds, once.
    pub async fn reload_keys(&self) -> Result<(), KeysError> {
        self.keys.reload().await.map(|_| ())
    }
}
