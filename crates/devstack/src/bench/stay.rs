//! What stays in the background: the servers unless somebody else's are named, both services, a third one with a limit, and the
//! vendors whose accounts are connected.

use super::{Room, given, signals, target::Target};
use crate::{
    place::Place,
    probe,
    process::{Record, Running, Spec},
    screen::{stage, tail},
    services::{self, migrate},
    settings::Values,
    stack::Stack,
    stop::Stop,
    store::Store,
    throwaway::Throwaway,
};
use anyhow::{Context, Result, bail};
use std::{fs, path::Path, process::ExitCode, time::Duration};
use url::Url;

pub const NAME: &str = "bench";
/// The tightly limited service counts and keeps for itself: its workers must not read what others are measured by.
const LIMITED: &str = "connectors_limited";
const REDIS_OF_LIMITED: &str = "/2";

pub fn stay(place: &Place) -> Result<ExitCode> {
    let room = Room::of(place)?;
    let stop = Stop::listen()?;
    let mut stack = Stack::default();
    let (values, throwaway) = match (given("DATABASE_URL"), given("REDIS_URL")) {
        (Some(database), Some(redis)) => {
            (Values::from([("DATABASE_URL".to_owned(), database), ("REDIS_URL".to_owned(), redis)]), None)
        }
        (None, None) => {
            let own = Throwaway::durable(place, &stop)?;
            (own.values.clone(), Some(own))
        }
        _ => bail!("set both DATABASE_URL and REDIS_URL, or neither"),
    };
    let up = start(place, &room, &values, &mut stack, &stop);
    let end = up.and_then(|()| {
        let record = Record::of(NAME, std::process::id())?;
        record.save(&room.run)?;
        let watched = stack.watch(&stop);
        Record::forget(&room.run, NAME);
        watched
    });
    stack.end(&stop);
    if let Some(own) = throwaway {
        own.end(&stop);
    }
    end.map(|()| ExitCode::SUCCESS)
}

fn start(place: &Place, room: &Room, values: &Values, stack: &mut Stack, stop: &Stop) -> Result<()> {
    let target = Target::make(place, room, values)?;
    let release = Room::release(place);
    let database: Url = values["DATABASE_URL"].parse().context("DATABASE_URL is not a URL")?;
    let mut redis: Url = values["REDIS_URL"].parse().context("REDIS_URL is not a URL")?;
    redis.set_path(REDIS_OF_LIMITED);
    let mut connectors = Spec::new("connectors", services::program(&release, "connectors")?).arguments(["serve"]);
    connectors.environment = target.settings("connectors")?;
    let mut limited = Spec::new(LIMITED, &connectors.program).arguments(["serve"]);
    limited.environment = connectors.environment.clone();
    limited.environment.extend([
        ("DATABASE_URL".to_owned(), of_limited(place, &database)?),
        ("REDIS_URL".to_owned(), redis.into()),
        ("RATE_LIMIT_PER_MINUTE".to_owned(), "100".to_owned()),
    ]);
    let log = room.logs.join("migrate.log");
    for spec in [&connectors, &limited] {
        stage("Applying the migrations", || migrate(&spec.program, &spec.environment, &log, stop))?;
    }
    stage("Filling in a million signals", || signals::fill(&Store::at(place, database.as_str())?, &target.tenants))?;
    let mut auth = Spec::new("auth", services::program(&release, "auth")?).arguments(["serve"]);
    auth.environment = target.settings("auth")?;
    let mut sandbox = Spec::new("sandbox", services::program(&place.binaries, "sandbox")?);
    sandbox.environment = vendors(&connectors.environment)?;
    let port = sandbox.environment["PORT"].parse()?;
    serve(room, stack, stop, sandbox, (port, "/_control/state"))?;
    for (spec, service) in [(auth, "auth"), (connectors, "connectors"), (limited, LIMITED)] {
        let port = target.port(service)?;
        let spec = Spec { environment: with_port(spec.environment, port), ..spec };
        let pid = serve(room, stack, stop, spec, (port, "/health/ready"))?;
        write_pid(&room.run, service, pid)?;
    }
    Ok(())
}

fn with_port(mut environment: Values, port: u16) -> Values {
    environment.insert("PORT".to_owned(), port.to_string());
    environment
}

/// Another database of the same server, made when it is missing.
fn of_limited(place: &Place, database: &Url) -> Result<String> {
    let name = format!("{}_limited", database.path().trim_start_matches('/'));
    let store = Store::at(place, database.as_str())?;
    if store.count(&format!("select count(*) from pg_database where datname = '{name}'"))? == 0 {
        store.rows(&format!("create database \"{name}\""))?;
    }
    let mut other = database.clone();
    other.set_path(&name);
    Ok(other.into())
}

/// The vendors know the same apps.
fn vendors(connectors: &Values) -> Result<Values> {
    let is_app = |key: &str| ["_CLIENT_ID", "_SECRET"].iter().any(|end| key.ends_with(end));
    let mut values: Values =
        connectors.iter().filter(|(key, _)| is_app(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let at: Url = connectors.get("GITHUB_BASE_URL").context("no vendor's address")?.parse()?;
    let back = |name: &str| format!("{}/oauth/{name}/callback", connectors["PUBLIC_URL"]);
    values.extend([
        ("PORT".to_owned(), at.port().context("no port of the vendors")?.to_string()),
        ("SANDBOX_REDIRECT_URIS".to_owned(), ["github", "slack", "linear"].map(back).join(",")),
        ("RUST_LOG".to_owned(), "warn".to_owned()),
        ("RUST_LIB_BACKTRACE".to_owned(), "0".to_owned()),
        ("ENVIRONMENT".to_owned(), "development".to_owned()),
    ]);
    Ok(values)
}

/// Starts it and waits until it answers.
fn serve(room: &Room, stack: &mut Stack, stop: &Stop, spec: Spec, (port, ready): (u16, &str)) -> Result<u32> {
    let name = spec.name;
    crate::ports::must_be_free(port, name)?;
    let running = stack.add(spec.start(&room.logs, &room.run)?);
    stage(&format!("Starting {name}"), || answers(running, port, ready, stop))?;
    Ok(running.pid())
}

fn answers(running: &mut Running, port: u16, ready: &str, stop: &Stop) -> Result<()> {
    let answer = stop.until(Duration::from_mins(1), Duration::from_millis(20), || {
        if let Some(status) = running.ended()? {
            bail!("{} ended with {status}:\n    {}", running.name, tail(&running.log, 15).join("\n    "));
        }
        Ok((probe::http(port, ready) == Some(200)).then_some(()))
    })?;
    answer.with_context(|| format!("{} does not answer; see {}", running.name, running.log.display()))
}

/// `PID START-TIME`, which names one process for as long as the machine runs.
fn write_pid(run: &Path, service: &str, pid: u32) -> Result<()> {
    let record = Record::of(service, pid)?;
    Ok(fs::write(run.join(format!("{service}.pid")), format!("{pid} {}\n", record.started))?)
}
