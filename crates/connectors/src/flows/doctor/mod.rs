//! What is missing, what is wrong, and what to do about it. It changes nothing. The command looks at settings that may be wrong; an
//! operator's request at a deployment that serves.

pub mod address;
pub mod auth;
mod finding;
pub mod ours;
pub mod providers;

pub use finding::{Finding, Findings, Level, Missing, ProviderFound};

use crate::App;
use std::time::Duration;

/// The vendors' front doors together. A request may take 30 seconds, and looks at more than these.
const WITHIN_A_REQUEST: Duration = Duration::from_secs(15);

/// What is asked beyond this machine and its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// Our own public address, and the vendors.
    Asked,
    LeftAlone,
}

/// Looks at the deployment of which this process is one.
pub async fn examine(app: &App, outside: Outside) -> Findings {
    let (config, clock) = (&app.config, &app.clock);
    let mut found = Findings::default();
    found.ok("configuration", "nothing is missing, and everything can be read");
    if config.has_pooler {
        ours::pooler(&mut found, &app.pool).await;
    }
    ours::database(&mut found, clock, &app.sessions, Some(&app.vault)).await;
    ours::redis(&mut found, &app.limiter).await;
    auth::look(&mut found, &app.client, clock, &config.jwks_url).await;
    let told = ours::Told {
        environment: config.environment,
        urls: &config.urls,
        trusts_a_proxy: !config.trusted_proxies.is_empty(),
        model: app.agent.as_ref().map(|agent| agent.name.as_str()),
    };
    ours::settings(&mut found, &told);
    let registry = app.providers.get();
    let wanted = providers::Wanted { keys: &config.provider_keys, urls: &config.urls, slugs: &[] };
    providers::list(&mut found, &registry, &wanted);
    if outside == Outside::Asked {
        address::look(&mut found, &config.urls, clock, None).await;
        providers::reach(&mut found, &app.client, clock, &registry, WITHIN_A_REQUEST).await;
    }
    found
}
