//! `connectors doctor`: what is missing, what is wrong, and what to do about it. It changes nothing.

mod address;
mod auth;
mod finding;
mod ours;
mod providers;

use clap::Args;
use connectors::config::{self, Config};
use finding::{Findings, Level};
use kernel::{Clock, Env};
use serde::Serialize;
use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

/// What it ends with when something has to be mended before the service serves as it is meant to.
const UNWELL: u8 = 1;

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
    ours::database(&mut found, clock, config.as_ref()).await;
    ours::redis(&mut found, config.as_ref()).await;
    auth::look(&mut found, &client, clock, config.as_ref()).await;
    if let Some(config) = &config {
        ours::settings(&mut found, config, &Env::from_process());
        if !asked.offline {
            address::look(&mut found, config, clock, asked.ca.as_deref()).await;
        }
    }
    let env = Env::from_process();
    if let Some((registry, urls)) = config::providers_and_urls(&env) {
        let wanted = providers::Wanted { env: &env, urls: &urls, slugs: &asked.providers };
        providers::list(&mut found, &registry, &wanted);
        if !asked.offline {
            providers::reach(&mut found, &client, clock, &registry).await;
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
