//! `connectors doctor`: what is missing, what is wrong, and what to do about it, whatever the settings are.

use clap::Args;
use connectors::{
    config::{self, Config},
    doctor::{Findings, Level, address, auth, ours, providers},
};
use edge::Limiter;
use kernel::{Clock, Env, Environment};
use serde::Serialize;
use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use vault::Keyring;

/// What it ends with when something has to be mended before the service serves as it is meant to.
const UNWELL: u8 = 1;
/// For all vendors together: somebody waits, and a catalogue that is set up whole takes its time.
const PATIENCE: Duration = Duration::from_mins(3);

/// Of an address of a database.
const FORM: &str = "postgres://user:password@host/name";

#[derive(Args)]
pub struct Doctor {
    /// One JSON document instead of lines
    #[arg(long)]
    json: bool,
    /// Ask nothing outside of this machine and its network: no vendor, and not our own public address
    #[arg(long)]
    offline: bool,
    /// More about this provider, also where it is not set up; can be repeated
    #[arg(long = "provider", value_name = "SLUG")]
    providers: Vec<String>,
    /// A PEM file with the authority of PUBLIC_URL's certificate, where this machine does not know it
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// End with status 1 for warnings too
    #[arg(long)]
    strict: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    /// Whether the exit status is 0.
    well: bool,
    #[serde(flatten)]
    found: &'a Findings,
}

pub async fn run(asked: Doctor, env: &Env, clock: &Clock) -> anyhow::Result<ExitCode> {
    let client = outbound::Client::new(concat!("connectors/", env!("CARGO_PKG_VERSION")))?;
    let mut found = Findings::default();
    // Each part is looked at as far as its own settings are there, whatever is wrong with the others.
    let config = match Config::load(env) {
        Ok(config) => {
            found.ok("configuration", "nothing is missing, and everything can be read");
            Some(config)
        }
        Err(faults) => {
            for fault in faults.0 {
                let todo = format!("for example {}={}", fault.key, fault.example);
                found.fault("configuration", format!("{}: {}", fault.key, fault.problem), todo);
            }
            None
        }
    };
    // Read anew: the first reading has given its faults away.
    let env = Env::from_process();
    database(&mut found, clock, config.as_ref(), &env).await;
    if let Some(config) = &config {
        redis(&mut found, config).await;
        auth::look(&mut found, &client, clock, &config.jwks_url).await;
        let told = ours::Told {
            environment: Environment::from_env(&env),
            urls: &config.urls,
            trusts_a_proxy: !config.trusted_proxies.is_empty(),
            model: config.agent.as_ref().map(|agent| agent.model.as_str()),
        };
        ours::settings(&mut found, &told);
        if !asked.offline {
            own_address(&mut found, config, clock, asked.ca.as_deref()).await;
        }
    }
    if let Some((registry, urls)) = config::providers_and_urls(&env) {
        let wanted =
            providers::Wanted { keys: &config::provider_keys(&env, &registry), urls: &urls, slugs: &asked.providers };
        providers::list(&mut found, &registry, &wanted);
        if !asked.offline {
            providers::reach(&mut found, &client, clock, &registry, PATIENCE).await;
        }
    }
    let well = found.worst() < if asked.strict { Level::Warning } else { Level::Fault };
    let text = if asked.json {
        serde_json::to_string_pretty(&Report { well, found: &found })? + "\n"
    } else {
        found.to_string()
    };
    // That whoever reads has gone is nothing that this has to tell.
    let _seen = stdout().write_all(text.as_bytes());
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(UNWELL) })
}

async fn database(found: &mut Findings, clock: &Clock, config: Option<&Config>, env: &Env) {
    // Where something else is wrong with the configuration, the database may be right all the same.
    let url = config.map(|config| config.database_url.clone()).or_else(|| db::url(env));
    let Some(url) = url else { return };
    let vault: Option<&Keyring> = config.map(|config| &config.vault);
    let direct = db::direct_url(env);
    if direct.is_some() {
        match db::connect_to_pooler(url.expose(), 1) {
            Ok(pool) => ours::pooler(found, &pool).await,
            Err(_) => return found.fault("pooler", "DATABASE_URL is no address of a pooler", FORM),
        }
    }
    let Ok(pool) = db::connect(direct.unwrap_or(url).expose(), 1) else {
        return found.fault("database", "DATABASE_URL is no address of a Postgres", FORM);
    };
    ours::database(found, clock, &pool, vault).await;
}

async fn redis(found: &mut Findings, config: &Config) {
    match Limiter::of(config.redis.as_ref()) {
        Ok(limiter) => ours::redis(found, &limiter).await,
        Err(_) => found.fault("redis", "no connection can be prepared", "look at REDIS_CA_PATH"),
    }
}

async fn own_address(found: &mut Findings, config: &Config, clock: &Clock, ca: Option<&Path>) {
    match ca.map(std::fs::read).transpose() {
        Ok(ca) => address::look(found, &config.urls, clock, ca.as_deref()).await,
        Err(error) => {
            found.fault("certificate", format!("the file of --ca: {}", error.kind()), "name a PEM file");
        }
    }
}
