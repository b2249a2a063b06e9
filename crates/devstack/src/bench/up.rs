//! `devstack bench up`: starts the part that stays, and shows what it says until everything answers.

use super::{Room, stay};
use crate::{
    place::{Place, write_private},
    process::{Record, Signal, signal_one},
    screen::say,
    stop::Stop,
};
use anyhow::{Context, Result};
use std::{
    fs::{self, File},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    process::{Command, ExitCode, Stdio},
    thread,
    time::Duration,
};

pub fn up(place: &Place) -> Result<ExitCode> {
    let room = Room::of(place)?;
    if Record::load(&room.run, stay::NAME).is_some_and(|record| record.alive()) {
        say("It is running already; make bench-down stops it.");
        return Ok(ExitCode::SUCCESS);
    }
    let log = room.logs.join("bench.log");
    write_private(&log, "")?;
    let output = File::options().append(true).mode(0o600).open(&log)?;
    let stop = Stop::listen()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["bench", "stay"])
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()
        .context("devstack cannot be started again in the background")?;
    let mut shown = 0;
    loop {
        let is_up = Record::load(&room.run, stay::NAME).is_some_and(|record| record.pid == child.id());
        let ended = child.try_wait()?;
        for line in fs::read_to_string(&log).unwrap_or_default().lines().skip(shown) {
            say(line);
            shown += 1;
        }
        if ended.is_some() {
            return Ok(ExitCode::FAILURE);
        }
        if is_up {
            say(&format!("\n  The target file: {}", room.target().display()));
            return Ok(ExitCode::SUCCESS);
        }
        if let Err(interrupted) = stop.check() {
            signal_one(child.id(), Signal::Terminate);
            child.wait()?;
            return Err(interrupted);
        }
        thread::sleep(Duration::from_millis(100));
    }
}
