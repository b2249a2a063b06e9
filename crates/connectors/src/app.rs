//! What every request and worker shares. No logic.

use crate::{
    config::{Config, Operators, Urls},
    feed::Feed,
    flows::{
        audit::ChainKey,
        deliver::AtDoor,
        forward::target::Receivers,
        retention::Retention,
        run::{Agent, Runs},
        unlock::{UnlockError, unlock},
    },
    inbox::Inbox,
    known_providers::Providers,
    ledger::{self, Ledger},
    outlooks::Outlooks,
    refusals::Refusals,
};
use db::{
    Gather, PgPool, Steady,
    connections::{Newest, Wanted},
    partitions::Month,
};
use edge::{Limiter, Shutdown};
use identity::{AccessTokens, IdTokens, Verifier};
use kernel::{Clock, CursorKey, Environment, GrantKey, HookId, TenantId};
use moka::future::Cache;
use providers::Settings as Client;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, OnceCell, Semaphore};
use tokio_util::task::TaskTracker;
use url::Url;
use vault::Keyring;

/// One listens, and one is spare while it is replaced.
const SESSIONS: u32 = 2;
/// Connections for what nearly every request asks, and for what webhooks and tokens write. Each statement is a short one: a few are as
/// many as the server has processors for.
const STEADY: usize = 10;
/// Exports at the same time, of one process: beside requests they are to use a small part of the pool.
const EXPORTS: usize = 4;

/// Shared by reference; made once.
pub struct App {
    pub clock: Clock,
    pub pool: PgPool,
    /// For what nearly every request asks or writes.
    pub steady: Steady,
    pub newest: Gather<Newest>,
    pub wanted: Gather<Wanted>,
    /// For who listens: sessions of Postgres itself.
    pub sessions: PgPool,
    pub vault: Keyring,
    pub client: outbound::Client,
    pub providers: Providers,
    pub identity: Verifier,
    /// Of clients that act for people at `/mcp`.
    pub access_tokens: AccessTokens,
    pub operators: Operators,
    pub limiter: Limiter,
    pub config: Settings,
    pub inbox: Inbox,
    pub outlooks: Outlooks,
    pub ledger: Ledger,
    pub refusals: Refusals,
    pub feed: Arc<Feed>,
    /// `None`: nobody runs an agent here.
    pub agent: Option<Agent>,
    pub memory: Memory,
    pub standing: Standing,
}

/// Whether this process may serve.
#[derive(Default)]
pub struct Standing {
    /// The keys have opened what the database holds.
    unlocked: AtomicBool,
    pub shutdown: Shutdown,
}

impl Standing {
    pub(crate) fn unlock(&self) {
        self.unlocked.store(true, Ordering::Release);
    }

    pub fn is_unlocked(&self) -> bool {
        self.unlocked.load(Ordering::Acquire)
    }
}

/// Settings that handlers and flows read.
pub struct Settings {
    /// Whether `pool` reaches Postgres through a pooler of transactions.
    pub has_pooler: bool,
    pub environment: Environment,
    /// Those of the providers' settings that are there, by key, without what they are set to.
    pub provider_keys: BTreeSet<String>,
    pub urls: Urls,
    /// The auth service, as its tokens name it.
    pub issuer: String,
    pub jwks_url: Url,
    pub cursors: CursorKey,
    pub rate_limit_per_minute: u64,
    /// How long a vendor may be silent while a call is passed through.
    pub proxy_patience: Duration,
    pub retention: Retention,
    pub receivers: Receivers,
    pub trusted_proxies: edge::TrustedProxies,
}

/// What this process remembers; all of it can be lost at any time.
pub struct Memory {
    /// Tenants that are known to exist. Forgotten soon, for an erasure that another process began waits for that.
    pub tenants: Cache<TenantId, ()>,
    /// The tenants' own clients as the receiver of webhooks needs them; `None`: the tenant has none.
    pub receiving: Cache<(TenantId, String), Option<Arc<Client>>>,
    /// The hooks whose addresses webhooks have come to.
    pub hooks: Cache<HookId, Arc<AtDoor>>,
    /// The checks of pushes that carry a token, by the audience they have to name.
    pub pushers: Cache<String, IdTokens>,
    /// The months whose partitions are known to be there.
    pub months: Mutex<BTreeSet<Month>>,
    /// One refresh a grant inside this process, before the lease decides between processes.
    pub refreshing: Cache<GrantKey, Arc<Mutex<()>>>,
    /// Work that must end even when its caller has gone: a refresh whose answer is on its way.
    pub unfinished: TaskTracker,
    pub runs: Runs,
    /// Exports that are under way: each reads page after page, and a few at once are enough.
    pub exports: Arc<Semaphore>,
    /// Of the audit log's chains.
    pub audit_key: OnceCell<ChainKey>,
}

impl App {
    /// From a configuration that has been found whole.
    pub fn new(config: Config, clock: Clock, pool: PgPool) -> Result<Arc<Self>, StartError> {
        let client =
            outbound::Client::patient(concat!("connectors/", env!("CARGO_PKG_VERSION")), config.vendor_patience)?;
        let sessions = match &config.direct_database_url {
            Some(url) => db::connect(url.expose(), SESSIONS).map_err(StartError::DirectUrl)?,
            None => pool.clone(),
        };
        let steady = Steady::beside(&pool, STEADY, config.direct_database_url.is_some());
        let limiter = Limiter::of(config.redis.as_ref())?;
        let identity = config.identity(&client, clock.clone())?;
        let agent = config.agent.map(|agent| Agent::new(&client, clock.clone(), agent)).transpose()?;
        Ok(Arc::new(Self {
            inbox: Inbox::open(&steady),
            outlooks: Outlooks::default(),
            ledger: ledger::open(&steady),
            refusals: Refusals::default(),
            feed: Arc::default(),
            agent,
            access_tokens: identity.for_resource(&config.urls.public("/mcp")),
            identity,
            limiter,
            client,
            clock,
            sessions,
            newest: Gather::open(&steady),
            wanted: Gather::open(&steady),
            steady,
            pool,
            vault: config.vault,
            providers: Providers::new(config.providers),
            operators: config.operators,
            config: Settings {
                has_pooler: config.direct_database_url.is_some(),
                environment: config.environment,
                provider_keys: config.provider_keys,
                urls: config.urls,
                issuer: config.issuer,
                jwks_url: config.jwks_url,
                cursors: config.cursors,
                rate_limit_per_minute: config.rate_limit_per_minute,
                proxy_patience: config.proxy_patience,
                retention: config.retention,
                receivers: config.receivers,
                trusted_proxies: config.trusted_proxies,
            },
            memory: Memory {
                tenants: Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(5)).build(),
                receiving: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(5)).build(),
                hooks: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(5)).build(),
                pushers: Cache::builder().max_capacity(1_000).time_to_live(Duration::from_hours(1)).build(),
                months: Mutex::default(),
                refreshing: Cache::builder().max_capacity(100_000).time_to_idle(Duration::from_mins(5)).build(),
                unfinished: TaskTracker::new(),
                runs: Runs::default(),
                exports: Arc::new(Semaphore::new(EXPORTS)),
                audit_key: OnceCell::new(),
            },
            standing: Standing::default(),
        }))
    }

    /// Nothing is served before this has succeeded once.
    pub async fn unlock(&self) -> Result<(), UnlockError> {
        unlock(&self.pool, &self.vault).await?;
        self.standing.unlock();
        Ok(())
    }
}

/// The service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the HTTP client cannot be made")]
    Client(#[from] outbound::Error),
    #[error("REDIS_URL is not a Redis address")]
    Redis(#[from] edge::LimiterError),
    #[error("the ANTHROPIC settings cannot be used")]
    Agent(#[from] agent::model::SettingsError),
    #[error("DATABASE_DIRECT_URL is no address of a Postgres")]
    DirectUrl(#[source] db::Error),
    #[error("AUTH_JWKS_URL may not be called")]
    Jwks(#[from] outbound::PolicyError),
}
