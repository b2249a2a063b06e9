//! `devstack bench up`: starts the part that stays, and shows what it says until everything answers.

use super::{Room, stay};
use crate::{background, place::Place, process::Record, screen::say};
use anyhow::Result;
use std::process::ExitCode;

pub fn up(place: &Place) -> Result<ExitCode> {
    let room = Room::of(place)?;
    if Record::load(&room.run, stay::NAME).is_some_and(|record| record.alive()) {
        say("It is running already; make bench-down stops it.");
        return Ok(ExitCode::SUCCESS);
    }
    let is_up = |pid| Record::load(&room.run, stay::NAME).is_some_and(|record| record.pid == pid);
    let code = background::start(&["bench", "stay"], &room.logs.join("bench.log"), is_up)?;
    if code == ExitCode::SUCCESS {
        say(&format!("\n  The target file: {}", room.target().display()));
    }
    Ok(code)
}
