//! `make dev-down`: asks a running devstack to end, then makes sure that nothing is left.

use crate::{
    place::Place,
    process::{Record, Signal, signal_one, sweep},
    screen::{say, stage},
};
use anyhow::{Result, bail};
use std::{process::ExitCode, time::Duration};

/// Longer than the graces of all children together.
const PATIENCE: Duration = Duration::from_secs(90);

pub fn down(place: &Place) -> Result<ExitCode> {
    if !place.run().is_dir() {
        say("Nothing is running.");
        return Ok(ExitCode::SUCCESS);
    }
    let running = Record::load(&place.run(), "devstack").filter(Record::alive);
    if let Some(record) = &running {
        stage("Stopping everything", || {
            if !signal_one(record.pid, Signal::Terminate) {
                bail!("devstack (process {}) was started by another user; run: sudo make dev-down", record.pid);
            }
            if !record.ends_within(PATIENCE) {
                signal_one(record.pid, Signal::Kill);
            }
            Ok(())
        })?;
    }
    let left = sweep(&place.run())?;
    match (running.is_some(), left.is_empty()) {
        (_, false) => say(&format!("Stopped what an earlier run left: {}.", left.join(", "))),
        (true, true) => say("Everything is stopped."),
        (false, true) => say("Nothing is running."),
    }
    Ok(ExitCode::SUCCESS)
}
