//! `make footprint`: how soon the services serve, and how much memory they hold while nobody asks.

use crate::{
    place::Place,
    process::{Running, Spec},
    screen::{say, stage, tail},
    services::{self, AUTH, CONNECTORS, Service, migrate},
    settings::{Settings, Values},
    stack::Stack,
    stop::Stop,
    throwaway::Throwaway,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Both together, in kibibytes: 60 MB.
const MEMORY_LIMIT_KIB: u64 = 60_000_000 / 1024;
const START_LIMIT: Duration = Duration::from_secs(1);
/// Start-up's own memory is given back after a while; idle is what is left.
const SETTLE: Duration = Duration::from_secs(5);

struct Measured {
    service: &'static Service,
    start: Duration,
    memory_kib: u64,
}

/// Measures the release builds, each with a fresh, migrated Postgres and a Redis.
pub fn measure(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    let stop = Stop::listen()?;
    crate::ports::ours_are_free()?;
    let release = place.binaries.parent().context("this program is not in a target folder")?.join("release");
    for service in [&AUTH, &CONNECTORS] {
        services::program(&release, service.name)
            .context("first run: cargo build --release -p auth -p connectors --bins")?;
    }
    let throwaway = Throwaway::start(place, &stop)?;
    let mut stack = Stack::default();
    let result = measure_both(place, &release, &throwaway.values, &mut stack, &stop);
    stack.end(&stop);
    throwaway.end(&stop);
    Ok(verdict(&result?))
}

fn measure_both(place: &Place, release: &Path, urls: &Values, stack: &mut Stack, stop: &Stop) -> Result<Vec<Measured>> {
    let mut settings = Settings::load(place)?;
    settings.set_public_url("https://localhost")?;
    let spec = |service: &Service| -> Result<Spec> {
        let mut spec = service.spec(place, &settings)?;
        spec.program = release.join(service.name);
        spec.environment.extend(urls.clone());
        Ok(spec)
    };
    let connectors = spec(&CONNECTORS)?;
    let log = place.logs().join("migrate.log");
    stage("Applying the migrations", || migrate(&connectors.program, &connectors.environment, &log, stop))?;
    let mut started = Vec::new();
    for (service, spec) in [(&AUTH, spec(&AUTH)?), (&CONNECTORS, connectors)] {
        let took = stage(&format!("Starting {}", service.name), || {
            let asked = Instant::now();
            let running = stack.add(spec.start(&place.logs(), &place.run())?);
            ready_at_once(service, running, stop)?;
            Ok((asked.elapsed(), running.pid()))
        })?;
        started.push((service, took));
    }
    stage("Letting them come to rest", || stop.until(SETTLE, Duration::from_millis(100), || Ok(None::<()>)))?;
    let both = started.into_iter();
    both.map(|(service, (start, pid))| Ok(Measured { service, start, memory_kib: resident_kib(pid)? })).collect()
}

/// Asks every millisecond; being late by that much is all the error there is.
fn ready_at_once(service: &Service, running: &mut Running, stop: &Stop) -> Result<()> {
    let answer = stop.until(Duration::from_secs(30), Duration::from_millis(1), || {
        if let Some(status) = running.ended()? {
            bail!("{} ended with {status}:\n    {}", service.name, tail(&running.log, 15).join("\n    "));
        }
        Ok(service.answers().then_some(()))
    })?;
    answer.with_context(|| format!("{} does not answer; see {}", service.name, running.log.display()))
}

/// `VmRSS` of `/proc/PID/status`.
fn resident_kib(pid: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).context("a service has ended while it was idle")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    number.context("the kernel does not say how much memory a service holds")
}

fn verdict(measured: &[Measured]) -> ExitCode {
    say("\n  service       ready after    idle memory");
    for Measured { service, start, memory_kib } in measured {
        say(&format!("  {:<12} {:>8} ms    {:>8.1} MB", service.name, start.as_millis(), megabytes(*memory_kib)));
    }
    let total: u64 = measured.iter().map(|one| one.memory_kib).sum();
    let good = total < MEMORY_LIMIT_KIB && measured.iter().all(|one| one.start < START_LIMIT);
    let word = if good { "within" } else { "NOT within" };
    say(&format!("  together {:>27.1} MB\n\n  footprint: {word} 60 MB together and 1 s each", megabytes(total)));
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Only for showing.
fn megabytes(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) * 1.024 / 1000.0
}
