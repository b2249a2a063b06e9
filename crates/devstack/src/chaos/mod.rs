//! `make chaos-ingest`: webhooks arrive for a minute while the services and the database are killed under them, and then every
//! one of them is accounted for, by people outside: a ledger of what was sent and answered, SQL, and a checker that shares no
//! code with the services.

mod deliveries;
pub mod faults;
mod ledger;
mod rig;
mod senders;
mod verdict;

use crate::{payloads, place::Place, screen::say, screen::stage, stop::Stop};
use anyhow::{Context, Result, ensure};
use rig::{Rig, Way};
use std::{
    fs,
    process::ExitCode,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

/// How long it goes on, in seconds; for a person in a hurry.
const SECONDS: &str = "CHAOS_SECONDS";
/// Services that are killed in a minute.
const KILLS_A_MINUTE: u32 = 45;
/// How often the database is cut off, in between.
const OUTAGES: u32 = 2;
/// How long it stays away.
const OUTAGE: Duration = Duration::from_secs(1);
/// Vendors that send at the same time.
const SENDERS: usize = 24;
/// For what the senders have not been told yet, at the end.
const LAST_ANSWERS: Duration = Duration::from_mins(2);
/// For what waits to be read: a killed worker's claims are nobody's for a minute, and failed attempts pause.
const DRAIN: Duration = Duration::from_mins(5);

pub fn run(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    let seconds = match std::env::vars().find(|(key, _)| key == SECONDS) {
        Some((_, text)) => text.parse().with_context(|| format!("{SECONDS} is no number of seconds"))?,
        None => 60,
    };
    ensure!((4..=3600).contains(&seconds), "{SECONDS} is not between 4 and 3600");
    let index = payloads::index(place);
    ensure!(index.is_file(), "the payloads are not there; run: devstack payloads");
    let folder = place.dev.join("chaos");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let stop = Stop::listen()?;
    let mut rig = Rig::start(place, &folder, Way::Straight, &stop)?;
    let told = rig.prepare(&stop).and_then(|()| {
        let told = storm(&mut rig, &index, Duration::from_secs(seconds), &stop)?;
        stage("Letting everything be read", || rig.drain(DRAIN, &stop))?;
        rig.export()?;
        Ok(told)
    });
    let told = told.inspect_err(|_| say(&format!("  logs and ledger: {}", place.short(&folder))));
    rig.end(&stop);
    verdict::reach(place, &folder, &index, "chaos-ingest", &told?)
}

/// What was done, for the table.
pub struct Told {
    seconds: f64,
    kills: u32,
    ended_by_themselves: u32,
    outages: u32,
    senders: usize,
    sent: Arc<senders::Counts>,
}

fn storm(rig: &mut Rig<'_>, index: &std::path::Path, length: Duration, stop: &Stop) -> Result<Told> {
    let senders = senders::Senders::start(rig, index, SENDERS)?;
    let (began, mut kills, mut outages) = (Instant::now(), 0, 0);
    let wanted = (KILLS_A_MINUTE * u32::try_from(length.as_secs())?).div_ceil(60);
    let pace = length / (wanted + 1);
    stage(&format!("Killing the services {wanted} times and the database {OUTAGES} times under load"), || {
        // A load that has broken off says why when its end is waited for.
        while (began.elapsed() < length || kills < wanted) && !senders.broken() {
            // Late kills are made up for, but nobody is killed who has not done anything since the last time.
            ensure!(began.elapsed() < length * 3, "the services come up too slowly to be killed {wanted} times");
            if outages < OUTAGES && began.elapsed() > length * (outages + 1) / (OUTAGES + 1) {
                rig.outage(OUTAGE, stop)?;
                outages += 1;
            }
            rig.revive()?;
            if kills < wanted && began.elapsed() > pace * (kills + 1) && rig.kill_one()? {
                kills += 1;
            }
            stop.check()?;
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let count = senders.count;
    let sent = stage("Waiting for the last answers", || {
        senders.finish(|finished| {
            stop.until(LAST_ANSWERS, Duration::from_millis(20), || {
                rig.revive()?;
                Ok(finished.load(Ordering::Acquire).then_some(()))
            })
        })
    })?;
    Ok(Told { seconds, kills, ended_by_themselves: rig.ended_by_themselves, outages, senders: count, sent })
}
