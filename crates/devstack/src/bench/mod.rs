//! `make bench-up`: both services as they are deployed, on a database of their own that holds a million signals, for a load that
//! somebody else makes. What they are told, and where a load finds what, stands in `bench/target.json`.

mod seed;
mod signals;
mod stay;
mod target;
mod up;

use crate::{
    place::Place,
    process::{Record, Signal, signal_one, sweep},
    screen::say,
};
use anyhow::Result;
use clap::Subcommand;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

#[derive(Subcommand)]
pub enum Part {
    /// Start everything in the background and return once it answers
    Up,
    /// Stop everything
    Down,
    /// Connect GitHub, Slack and Linear for each of the people whose ids are in this file, a JSON array
    Seed { users: PathBuf },
    /// What `up` leaves in the background
    #[command(hide = true)]
    Stay,
}

/// Longer than the graces of all children together.
const PATIENCE: Duration = Duration::from_mins(1);

pub fn run(part: Part, place: &Place) -> Result<ExitCode> {
    match part {
        Part::Up => up::up(place),
        Part::Down => down(place),
        Part::Seed { users } => seed::seed(place, &users),
        Part::Stay => stay::stay(place),
    }
}

/// Beside `make dev`, which may run at the same time.
struct Room {
    folder: PathBuf,
    run: PathBuf,
    logs: PathBuf,
}

impl Room {
    fn of(place: &Place) -> Result<Self> {
        place.prepare()?;
        let folder = place.dev.join("bench");
        let room = Self { run: folder.join("run"), logs: folder.join("logs"), folder };
        for folder in [&room.run, &room.logs] {
            std::fs::create_dir_all(folder)?;
        }
        Ok(room)
    }

    /// The target file with its places filled in.
    fn target(&self) -> PathBuf {
        self.folder.join("target.json")
    }

    fn release(place: &Place) -> PathBuf {
        place.binaries.parent().unwrap_or(Path::new("target")).join("release")
    }
}

/// What the person has set.
fn given(key: &str) -> Option<String> {
    std::env::vars().find(|(name, value)| name == key && !value.is_empty()).map(|(_, value)| value)
}

fn down(place: &Place) -> Result<ExitCode> {
    let room = Room::of(place)?;
    let running = Record::load(&room.run, stay::NAME).filter(Record::alive);
    if let Some(record) = &running {
        signal_one(record.pid, Signal::Terminate);
        if !record.ends_within(PATIENCE) {
            signal_one(record.pid, Signal::Kill);
        }
    }
    let left = sweep(&room.run)?;
    say(if running.is_none() && left.is_empty() { "Nothing is running." } else { "Everything is stopped." });
    Ok(ExitCode::SUCCESS)
}
