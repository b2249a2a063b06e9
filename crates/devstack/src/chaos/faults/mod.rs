//! `make chaos`: what happens to Redis and Postgres in production, one after the other under load, and after each what has to hold:
//! who was answered how, how exact the limits are, who came back by itself. At the end every webhook is accounted for, as in
//! `make chaos-ingest`.

mod watch;

use super::{
    LAST_ANSWERS, Told,
    rig::{Rig, Way},
    senders::Senders,
    verdict,
};
use crate::{
    payloads,
    place::Place,
    process::Signal,
    screen::{say, stage},
    stop::Stop,
};
use anyhow::{Result, ensure};
use std::{
    fs,
    process::ExitCode,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use watch::{LIMIT, Seen, Watch};

/// A load that leaves room for watching.
const SENDERS: usize = 6;
/// How long each fault lasts.
const FAULT: Duration = Duration::from_secs(6);
/// A Postgres that hangs: longer than anybody waits for a connection of the pool.
const HANG: Duration = Duration::from_secs(8);
/// What is well again has to be noticed within this.
const RECOVERY: Duration = Duration::from_secs(15);
/// Redis is given up on for a question after 250 ms and then left alone for a second.
const WITHOUT_REDIS: Duration = Duration::from_secs(2);
/// A connection of the pool is waited for 5 s; the rest is a busy machine.
const WITHOUT_POSTGRES: Duration = Duration::from_secs(9);
/// For what waits to be read at the end.
const DRAIN: Duration = Duration::from_mins(5);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    RedisKilled,
    RedisHangs,
    RedisSlow,
    PostgresKilled,
    PostgresHangs,
    PostgresReadOnly,
    /// Last: nobody follows the server that has taken over.
    PostgresFailsOver,
}

const ALL: [Fault; 7] = [
    Fault::RedisKilled,
    Fault::RedisHangs,
    Fault::RedisSlow,
    Fault::PostgresKilled,
    Fault::PostgresHangs,
    Fault::PostgresReadOnly,
    Fault::PostgresFailsOver,
];

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::RedisKilled => "Redis is killed",
            Self::RedisHangs => "Redis hangs (SIGSTOP)",
            Self::RedisSlow => "Redis answers late, again and again",
            Self::PostgresKilled => "Postgres is killed",
            Self::PostgresHangs => "Postgres hangs (SIGSTOP)",
            Self::PostgresReadOnly => "Postgres takes no writes",
            Self::PostgresFailsOver => "Postgres is killed, and its standby takes over",
        }
    }

    fn is_of_redis(self) -> bool {
        matches!(self, Self::RedisKilled | Self::RedisHangs | Self::RedisSlow)
    }
}

pub fn run(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    let index = payloads::index(place);
    ensure!(index.is_file(), "the payloads are not there; run: devstack payloads");
    let folder = place.dev.join("chaos");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let stop = Stop::listen()?;
    let mut rig = Rig::start(place, &folder, Way::Relayed, &stop)?;
    let told = rig.prepare(&stop).and_then(|()| {
        rig.store.rows(&watch::tenants())?;
        let (broken, told) = storm(&mut rig, place, &index, &stop)?;
        stage("Letting everything be read", || rig.drain(DRAIN, &stop))?;
        rig.export()?;
        Ok((broken, told))
    });
    let told = told.inspect_err(|_| say(&format!("  logs and ledger: {}", place.short(&folder))));
    rig.end(&stop);
    let (broken, told) = told?;
    let verdict = verdict::reach(place, &folder, &index, "chaos", &told)?;
    for one in &broken {
        say(&format!("  does NOT hold: {one}"));
    }
    Ok(if broken.is_empty() { verdict } else { ExitCode::FAILURE })
}

fn storm(rig: &mut Rig<'_>, place: &Place, index: &std::path::Path, stop: &Stop) -> Result<(Vec<String>, Told)> {
    let began = Instant::now();
    let watch = Watch::new(rig)?;
    let senders = Senders::start(rig, index, SENDERS)?;
    let mut broken = Vec::new();
    for fault in ALL {
        stage(fault.name(), || {
            let found = suffer(fault, rig, place, (&watch, &senders), stop)?;
            broken.extend(found.into_iter().map(|what| format!("{}: {what}", fault.name())));
            Ok(())
        })?;
    }
    let ended_by_themselves = rig.ended_by_themselves;
    if ended_by_themselves > 0 {
        broken.push(format!("{ended_by_themselves} times a service ended by itself"));
    }
    let count = senders.count;
    let sent = stage("Waiting for the last answers", || {
        senders.finish(|finished| {
            stop.until(LAST_ANSWERS, Duration::from_millis(20), || Ok(finished.load(Ordering::Acquire).then_some(())))
        })
    })?;
    let seconds = began.elapsed().as_secs_f64();
    Ok((broken, Told { seconds, kills: 0, ended_by_themselves, outages: 3, senders: count, sent }))
}

/// One fault, from its beginning until all is well again. Returns what does not hold.
fn suffer(
    fault: Fault,
    rig: &mut Rig<'_>,
    place: &Place,
    (watch, senders): (&Watch, &Senders),
    stop: &Stop,
) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            broken.push(what);
        }
    };
    let exact = watch.allowed()?;
    must(exact == LIMIT, format!("before: {exact} of {LIMIT} calls of a caller passed"));
    let (seen, refused_before) = (watch.begin(), senders.refused());
    let acknowledged = inflict(fault, rig, place, senders, stop, || watch.allowed())?;
    if fault.is_of_redis() {
        let alone = acknowledged.unwrap_or_default();
        let bounds = LIMIT..=2 * LIMIT;
        must(
            bounds.contains(&alone),
            format!("meanwhile {alone} calls of a caller passed, and each process allows {LIMIT}"),
        );
    }
    let back = Instant::now();
    let well = stop.until(RECOVERY, Duration::from_millis(50), || Ok(rig.are_ready().then_some(())))?;
    must(well.is_some(), format!("the services are not ready {} s after it", RECOVERY.as_secs()));
    // Redis is asked again a second after it has been given up on.
    stop.until(Duration::from_millis(1500), Duration::from_millis(50), || Ok(None::<()>))?;
    let Seen { answers, unlike, slowest, unready } = watch.end(seen)?;
    must(answers > 50, format!("only {answers} calls were answered"));
    must(unlike.is_empty(), format!("calls were answered {unlike:?}"));
    let patience = if fault.is_of_redis() { WITHOUT_REDIS } else { WITHOUT_POSTGRES };
    must(slowest < patience, format!("a call took {} ms", slowest.as_millis()));
    if fault.is_of_redis() {
        must(!unready, "a service called itself not ready, and Redis only degrades".to_owned());
        let refused = senders.refused() - refused_before;
        must(refused == 0, format!("{refused} webhooks were not taken"));
    } else if fault != Fault::PostgresReadOnly {
        must(unready, "no service called itself not ready".to_owned());
    }
    let exact = watch.allowed()?;
    must(
        exact == LIMIT,
        format!("afterwards, {} ms later: {exact} of {LIMIT} calls passed", back.elapsed().as_millis()),
    );
    Ok(broken)
}

/// Does it, and undoes it. `probe` is asked in the middle of it where Redis is the one that suffers.
fn inflict(
    fault: Fault,
    rig: &mut Rig<'_>,
    place: &Place,
    senders: &Senders,
    stop: &Stop,
    probe: impl FnOnce() -> Result<u32>,
) -> Result<Option<u32>> {
    let wait = |length: Duration| stop.until(length, Duration::from_millis(20), || Ok(None::<()>)).map(|_| ());
    match fault {
        Fault::RedisKilled => {
            rig.servers.cut_off_redis()?;
            wait(FAULT / 2)?;
            let allowed = probe()?;
            wait(FAULT / 2)?;
            rig.servers.start_redis(stop)?;
            Ok(Some(allowed))
        }
        Fault::RedisHangs => {
            rig.servers.signal_redis(Signal::Pause);
            wait(FAULT / 2)?;
            let allowed = probe()?;
            wait(FAULT / 2)?;
            rig.servers.signal_redis(Signal::GoOn);
            Ok(Some(allowed))
        }
        Fault::RedisSlow => {
            let mut allowed = None;
            let (began, mut probe) = (Instant::now(), Some(probe));
            while began.elapsed() < FAULT {
                rig.servers.signal_redis(Signal::Pause);
                wait(Duration::from_millis(600))?;
                if began.elapsed() > FAULT / 2
                    && let Some(probe) = probe.take()
                {
                    allowed = Some(probe()?);
                }
                rig.servers.signal_redis(Signal::GoOn);
                wait(Duration::from_millis(300))?;
            }
            Ok(allowed)
        }
        Fault::PostgresKilled => {
            rig.servers.cut_off_postgres()?;
            wait(FAULT)?;
            rig.servers.start_postgres(stop)?;
            Ok(None)
        }
        Fault::PostgresHangs => {
            rig.servers.signal_postgres(Signal::Pause);
            wait(HANG)?;
            rig.servers.signal_postgres(Signal::GoOn);
            Ok(None)
        }
        Fault::PostgresReadOnly => {
            rig.store.rows("alter role connectors set default_transaction_read_only = on")?;
            rig.store.rows(TURN_OUT)?;
            wait(FAULT / 3)?;
            let before = senders.acknowledged();
            wait(FAULT)?;
            let taken = senders.acknowledged() - before;
            ensure!(taken == 0, "{taken} webhooks were acknowledged by services that could store none");
            rig.store.rows("begin read write; alter role connectors reset default_transaction_read_only; commit")?;
            rig.store.rows(TURN_OUT)?;
            Ok(None)
        }
        Fault::PostgresFailsOver => rig.fail_over(place, stop).map(|()| None),
    }
}

/// Ends the sessions of the services, so that new ones begin with the new setting.
const TURN_OUT: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity
     where usename = current_user and pid <> pg_backend_pid() and backend_type = 'client backend'";
