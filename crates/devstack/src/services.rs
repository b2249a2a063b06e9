//! Our own three programs: how each is started and what it is told.

use crate::{
    place::Place,
    ports, probe,
    process::{Record, Spec, run},
    screen,
    settings::{Settings, Values},
    stop::Stop,
    tools::runs,
};
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

pub struct Service {
    pub name: &'static str,
    pub port: u16,
    /// Answers 200 once it can serve.
    pub ready: &'static str,
    /// Where its metrics are, if it has any.
    metrics: Option<u16>,
    /// Settings it has no business with.
    withheld: &'static [&'static str],
}

const PASSWORDS: [&str; 2] = ["DB_PASSWORD", "REDIS_PASSWORD"];

pub const AUTH: Service = Service {
    name: "auth",
    port: ports::AUTH,
    ready: "/health/ready",
    metrics: Some(ports::AUTH_METRICS),
    withheld: &["ENCRYPTION_KEY", "ENCRYPTION_KEYS", "AIT_ENCRYPTION_KEY", "OPERATOR_TOKENS", "OPERATOR_TOKEN"],
};

pub const CONNECTORS: Service = Service {
    name: "connectors",
    port: ports::CONNECTORS,
    ready: "/health/ready",
    metrics: Some(ports::CONNECTORS_METRICS),
    withheld: &[
        "BETTER_AUTH_SECRET",
        "JWT_SECRET",
        "AUTH_GITHUB_CLIENT_SECRET",
        "AUTH_GOOGLE_CLIENT_SECRET",
        "AUTH_SLACK_CLIENT_SECRET",
        "AUTH_LINEAR_CLIENT_SECRET",
        "AUTH_SPOTIFY_CLIENT_SECRET",
        "AUTH_ATLASSIAN_CLIENT_SECRET",
        "SMTP_URL",
    ],
};

pub const SANDBOX: Service = Service {
    name: "sandbox",
    port: ports::SANDBOX,
    ready: "/_control/state",
    metrics: None,
    withheld: &[
        "BETTER_AUTH_SECRET",
        "JWT_SECRET",
        "ENCRYPTION_KEY",
        "ENCRYPTION_KEYS",
        "AIT_ENCRYPTION_KEY",
        "OPERATOR_TOKENS",
        "OPERATOR_TOKEN",
        "DATABASE_URL",
        "REDIS_URL",
    ],
};

impl Service {
    pub fn spec(&self, place: &Place, settings: &Settings) -> Result<Spec> {
        let mut spec = Spec::new(self.name, program(&place.binaries, self.name)?);
        spec.environment = self.environment(place, settings);
        spec.without = self.withheld.iter().chain(&PASSWORDS).map(|key| (*key).to_owned()).collect();
        spec.without.extend(strays());
        if self.name != SANDBOX.name {
            spec = spec.arguments(["serve"]);
        }
        Ok(spec)
    }

    fn environment(&self, place: &Place, settings: &Settings) -> Values {
        let mut values = settings.effective();
        if self.name == SANDBOX.name {
            values.extend(settings.sandbox_credentials());
            values.insert("SANDBOX_STATE_FILE".to_owned(), place.dev.join("sandbox.json").display().to_string());
        }
        values.retain(|key, _| !self.withheld.contains(&key.as_str()) && !PASSWORDS.contains(&key.as_str()));
        // Not for anybody to set: one machine, one stack, one port each.
        values.insert("ENVIRONMENT".to_owned(), "development".to_owned());
        values.insert("HOST".to_owned(), "127.0.0.1".to_owned());
        values.insert("PORT".to_owned(), self.port.to_string());
        values.extend(self.metrics.map(|port| ("METRICS_ADDR".to_owned(), format!("127.0.0.1:{port}"))));
        // A wrong setting is one sentence; where in the program it was found helps nobody. Panics keep their backtrace.
        values.insert("RUST_LIB_BACKTRACE".to_owned(), "0".to_owned());
        // They write into files.
        values.insert("NO_COLOR".to_owned(), "1".to_owned());
        values
    }

    pub fn answers(&self) -> bool {
        probe::http(self.port, self.ready) == Some(200)
    }
}

/// `KEY_FILE` means a secret in a file to the services, and a file that is not there is a fault. A shell has variables of
/// such names for other programs.
fn strays() -> impl Iterator<Item = String> {
    std::env::vars().filter(|(key, path)| key.ends_with("_FILE") && !Path::new(path).is_file()).map(|(key, _)| key)
}

/// A program that cargo built next to this one.
pub fn program(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    if !runs(&path) {
        bail!("{} is not built; run: cargo build --workspace --bins", path.display());
    }
    Ok(path)
}

/// Applies the migrations; the binaries carry them.
pub fn migrate(program: &Path, environment: &Values, log: &Path, stop: &Stop) -> Result<()> {
    let mut command = Command::new(program);
    for key in strays() {
        command.env_remove(key);
    }
    run(command.arg("migrate").envs(environment), log, stop).context("the migrations cannot be applied")
}

/// `make migrate`: on the running stack's database, or on the person's own.
pub fn migrate_now(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    let stop = Stop::listen()?;
    let settings = Settings::load(place)?;
    let external = settings.given(&["DATABASE_URL", "POSTGRES_HOST"]).is_some();
    if !external && !Record::load(&place.run(), "postgres").is_some_and(|record| record.alive()) {
        bail!("no database is running; start one with `make local-db` or `make dev`, or set DATABASE_URL");
    }
    let log = place.logs().join("migrate.log");
    let environment = CONNECTORS.environment(place, &settings);
    screen::stage("Applying the migrations", || {
        migrate(&program(&place.binaries, CONNECTORS.name)?, &environment, &log, &stop)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Waits until the service answers, and notices when it ends instead.
pub fn wait(service: &Service, running: &mut crate::process::Running, stop: &Stop) -> Result<()> {
    let answer = stop.until(Duration::from_mins(1), Duration::from_millis(30), || {
        if let Some(status) = running.ended()? {
            let last = screen::tail(&running.log, 15).join("\n    ");
            bail!("{} ended with {status}:\n    {last}", service.name);
        }
        Ok(service.answers().then_some(()))
    })?;
    answer.with_context(|| format!("{} does not answer after a minute; see {}", service.name, running.log.display()))
}
