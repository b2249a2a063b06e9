//! What belongs to this deployment: database, keys, Redis, and settings that fit each other badly.

use super::finding::Findings;
use crate::{config::Urls, flows::unlock::try_keys};
use chrono::{DateTime, TimeDelta, Utc};
use db::PgPool;
use edge::Limiter;
use kernel::{Clock, Environment};
use url::Host;
use vault::Keyring;

/// Clocks that differ by more make leases, tokens and signatures look old.
const SKEW: TimeDelta = TimeDelta::seconds(5);
/// Vendors and the auth service allow a minute at the most.
const TOO_MUCH_SKEW: TimeDelta = TimeDelta::seconds(30);

const BOTH_RIGHT: &str = "have both follow a time server (NTP)";

/// What another clock says. `unsure`: how exactly it says it.
pub fn skew(
    found: &mut Findings,
    about: &str,
    whose: &str,
    theirs: DateTime<Utc>,
    ours: DateTime<Utc>,
    unsure: TimeDelta,
) {
    let apart = (theirs - ours).abs() - unsure;
    let says = format!("this machine's clock and {whose} differ by about {} s", apart.num_seconds().max(0));
    if apart > TOO_MUCH_SKEW {
        found.fault(about, says, BOTH_RIGHT);
    } else if apart > SKEW {
        found.warning(about, says, BOTH_RIGHT);
    } else {
        found.ok(about, format!("this machine's clock and {whose} agree"));
    }
}

/// What stands before the database, where something does.
pub async fn pooler(found: &mut Findings, pool: &PgPool) {
    match db::server::look(pool).await {
        Ok(_) => found.ok("pooler", "it answers, and the database behind it"),
        Err(_) => {
            found.fault("pooler", "it does not answer, or not for this database", "start it, or mend DATABASE_URL");
        }
    }
}

/// `vault`: `None` where the keys cannot be read.
pub async fn database(found: &mut Findings, clock: &Clock, pool: &PgPool, vault: Option<&Keyring>) {
    let (before, told) = (clock.now(), db::server::look(pool).await);
    let server = match told {
        Ok(server) => server,
        Err(error) if db::is_away(&error) => {
            return found.fault("database", "Postgres does not answer", "start it, or mend DATABASE_URL");
        }
        Err(_) => {
            return found.fault("database", "Postgres refuses us", "mend user, password and database in DATABASE_URL");
        }
    };
    found.ok("database", format!("Postgres {} answers", server.version));
    skew(found, "database", "Postgres' clock", server.now, before, clock.now() - before);
    match db::is_current(pool).await {
        Ok(true) => found.ok("migrations", "all are applied"),
        Ok(false) => return found.fault("migrations", "some are not applied", "run: connectors migrate"),
        Err(error) if db::is_unmigrated(&error) => {
            return found.fault("migrations", "none is applied", "run: connectors migrate");
        }
        Err(_) => return found.fault("migrations", "they cannot be read", "look at the rights of the database's user"),
    }
    if let Some(vault) = vault {
        match try_keys(pool, vault).await {
            Ok(0) => found.note("vault", "nothing has been sealed in this database yet"),
            Ok(_) => found.ok("vault", "the encryption keys open what the database holds"),
            Err(_) => found.fault(
                "vault",
                "the encryption keys do not open what the database holds",
                "start with the key it was sealed under; see ENCRYPTION_KEYS for a rotation",
            ),
        }
    }
    if let Ok(queues) = db::queues::look_for_any_tenant(pool, clock.now()).await {
        for queue in queues {
            let dead = queue.dead.unwrap_or_default();
            if dead > 0 {
                let says = format!("{dead} dead letters among the {}", queue.name);
                found.warning("queues", says, "look at them (GET /events?state=dead) and replay them");
            }
        }
    }
}

pub async fn redis(found: &mut Findings, limiter: &Limiter) {
    match limiter.ping().await {
        Some(true) => found.ok("redis", "it answers"),
        Some(false) => {
            found.fault("redis", "it does not answer, or refuses the password", "start it, or mend REDIS_URL");
        }
        None => found.note("redis", "REDIS_URL is not set: each process counts rate limits for itself"),
    }
}

/// What `settings` looks at.
pub struct Told<'a> {
    pub environment: Environment,
    pub urls: &'a Urls,
    pub trusts_a_proxy: bool,
    /// The agent's model; `None`: nobody runs an agent here.
    pub model: Option<&'a str>,
}

/// What can be read, and does not fit together.
pub fn settings(found: &mut Findings, told: &Told<'_>) {
    let Told { environment, urls: Urls { public, .. }, trusts_a_proxy, model } = told;
    let is_inner = match public.host() {
        Some(Host::Domain(name)) => name == "localhost" || !name.contains('.'),
        Some(Host::Ipv4(address)) => !outbound::is_public(address.into()),
        Some(Host::Ipv6(address)) => !outbound::is_public(address.into()),
        None => true,
    };
    if is_inner {
        found.note("address", format!("PUBLIC_URL is {public}: vendors cannot send webhooks there"));
    } else if *environment == Environment::Development {
        let todo = "leave ENVIRONMENT out, so that it is production";
        found.fault("environment", "a public address is served as a development environment", todo);
    }
    if *environment == Environment::Production && !trusts_a_proxy {
        let says = "TRUSTED_PROXIES is empty: limits by address count the proxy, if there is one, as one caller";
        found.warning("proxies", says, "name the network of the proxy, such as 10.0.0.0/8");
    }
    match model {
        Some(model) => found.ok("agent", format!("runs are answered by {model}")),
        None => found.note("agent", "ANTHROPIC_API_KEY is not set: nobody can run the agent"),
    }
}
