//! `devstack up --detach`: the same in the background, shown until everything answers.

use crate::{background, place::Place, process::Record, up::already_running};
use anyhow::Result;
use std::process::ExitCode;

pub fn up(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    if place.lock()?.is_none() {
        return Ok(already_running(place));
    }
    background::start(&["up"], &place.logs().join("devstack.log"), |pid| {
        let record = Record::load(&place.run(), "devstack").filter(|record| record.pid == pid);
        record.is_some_and(|record| record.url.is_some())
    })
}
