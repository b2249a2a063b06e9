//! `make dev`: everything up, in order, then watched until the end.

use crate::{
    place::Place,
    ports::{self, Door},
    postgres::{Cluster, Durability},
    process::{Record, sweep},
    proxy, redis,
    screen::{complain, say, stage},
    services::{self, AUTH, CONNECTORS, SANDBOX},
    settings::Settings,
    stack::Stack,
    status,
    stop::{Interrupted, Stop},
    tls,
    tools::{Needs, Tools},
};
use anyhow::Result;
use std::process::ExitCode;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    Everything,
    /// Postgres and Redis, for whoever runs the services from an editor: `make local-db`.
    Databases,
}

/// Stays in the foreground until Ctrl-C, SIGTERM, a hang-up, or until a child ends by itself.
pub fn foreground(place: &Place, what: What) -> Result<ExitCode> {
    place.prepare()?;
    let Some(_lock) = place.lock()? else { return Ok(already_running(place)) };
    let stop = Stop::listen()?;
    say("\n  Connectors, without Docker\n");
    let left = sweep(&place.run())?;
    if !left.is_empty() {
        say(&format!("  ok   Stopped what an earlier run left: {}", left.join(", ")));
    }
    let mut own = Record::of("devstack", std::process::id())?;
    own.save(&place.run())?;
    let mut stack = Stack::default();
    let result = start(place, what, &mut stack, &stop).and_then(|url| {
        own.url = Some(url);
        own.save(&place.run())?;
        stack.watch(&stop)
    });
    // Why, before the stopping scrolls by.
    let failed = result.err().filter(|error| !error.is::<Interrupted>());
    if let Some(error) = &failed {
        complain(&format!("{error:#}"));
    }
    say("");
    stack.end(&stop);
    Record::forget(&place.run(), "devstack");
    Ok(if failed.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub fn already_running(place: &Place) -> ExitCode {
    let url = Record::load(&place.run(), "devstack").and_then(|record| record.url);
    match url {
        Some(url) => say(&format!("It is already running, at {url}. Stop it with: make dev-down")),
        None => say("It is already being started by another `make dev`. Stop that with: make dev-down"),
    }
    ExitCode::SUCCESS
}

fn start(place: &Place, what: What, stack: &mut Stack, stop: &Stop) -> Result<String> {
    let mut settings = Settings::load(place)?;
    let needs = Needs {
        postgres: settings.given(&["DATABASE_URL", "POSTGRES_HOST"]).is_none(),
        redis: settings.given(&["REDIS_URL"]).is_none(),
        traefik: what == What::Everything,
    };
    if what == What::Databases {
        let tools = Tools::find(place, needs, stop)?;
        databases(place, &tools, needs, &mut settings, stack, stop)?;
        say("\n  DATABASE_URL and REDIS_URL are in .dev/env. Stop with Ctrl-C, or make dev-down.\n");
        return Ok(settings.made("DATABASE_URL").to_owned());
    }
    let door = Door::choose()?;
    ports::ours_are_free()?;
    settings.set_public_url(&door.url())?;
    let certificate = tls::ensure(&place.dev.join("tls"))?;
    let tools = Tools::find(place, needs, stop)?;
    databases(place, &tools, needs, &mut settings, stack, stop)?;
    programs(place, &settings, stack, stop)?;
    stage(&format!("Starting Traefik at {}", door.url()), || {
        let proxy = proxy::spec(place, tools.traefik()?, door, &certificate).start(&place.logs(), &place.run())?;
        proxy::wait(door, &certificate, stack.add(proxy), stop)
    })?;
    status::show(place, door, &certificate);
    Ok(door.url())
}

/// Our own three, migrated first. They start side by side.
fn programs(place: &Place, settings: &Settings, stack: &mut Stack, stop: &Stop) -> Result<()> {
    let connectors = CONNECTORS.spec(place, settings)?;
    let log = place.logs().join("migrate.log");
    stage("Applying the migrations", || services::migrate(&connectors.program, &connectors.environment, &log, stop))?;
    stage("Starting auth, connectors and the sandbox", || {
        for spec in [AUTH.spec(place, settings)?, SANDBOX.spec(place, settings)?, connectors] {
            stack.add(spec.start(&place.logs(), &place.run())?);
        }
        stack.ready(&[&AUTH, &SANDBOX, &CONNECTORS], stop)
    })
}

/// Ours unless the person named others.
fn databases(
    place: &Place,
    tools: &Tools,
    needs: Needs,
    settings: &mut Settings,
    stack: &mut Stack,
    stop: &Stop,
) -> Result<()> {
    if needs.postgres {
        stage("Starting Postgres", || postgres(place, tools, settings, stack, stop))?;
    } else {
        say("  ok   Using the Postgres that DATABASE_URL or POSTGRES_HOST names");
    }
    if needs.redis {
        stage("Starting Redis", || {
            let (port, password) = (ports::free_from(ports::REDIS)?, settings.made("REDIS_PASSWORD").to_owned());
            stack.add(redis::start(tools.redis()?, port, &password, (&place.logs(), &place.run()), stop)?);
            settings.set([("REDIS_URL", redis::url(port, &password))])
        })?;
    } else {
        say("  ok   Using the Redis that REDIS_URL names");
    }
    Ok(())
}

fn postgres(place: &Place, tools: &Tools, settings: &mut Settings, stack: &mut Stack, stop: &Stop) -> Result<()> {
    let (port, password) = (ports::free_from(ports::POSTGRES)?, settings.made("DB_PASSWORD").to_owned());
    let which = (tools.postgres()?, tools.account);
    let cluster = Cluster::ensure(place, which, "postgres", (port, Durability::Real), (&password, stop))?;
    if !cluster.home().starts_with(&place.dev) {
        say(&format!(
            "  note Postgres cannot enter this folder as an unprivileged user; its files are in {}",
            cluster.home().display()
        ));
    }
    let running = stack.add(cluster.start(&place.logs(), &place.run())?);
    cluster.ready(running, stop)?;
    settings.set([("DATABASE_URL", cluster.url(&password))])
}
