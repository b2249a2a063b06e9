//! `devstack up --detach`: the same in the background, shown until everything answers.

use crate::{
    place::{Place, write_private},
    process::{Record, Signal, signal_one},
    screen::say,
    stop::Stop,
    up::already_running,
};
use anyhow::{Context, Result};
use std::{
    fs::{self, File},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::Duration,
};

pub fn up(place: &Place) -> Result<ExitCode> {
    place.prepare()?;
    if place.lock()?.is_none() {
        return Ok(already_running(place));
    }
    let log = place.logs().join("devstack.log");
    write_private(&log, "")?;
    let output = File::options().append(true).mode(0o600).open(&log)?;
    let stop = Stop::listen()?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("up")
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()
        .context("devstack cannot be started again in the background")?;
    let mut shown = 0;
    loop {
        let end = outcome(place, &mut child)?;
        for line in fs::read_to_string(&log).unwrap_or_default().lines().skip(shown) {
            say(line);
            shown += 1;
        }
        if let Some(code) = end {
            return Ok(code);
        }
        if let Err(interrupted) = stop.check() {
            signal_one(child.id(), Signal::Terminate);
            child.wait()?;
            return Err(interrupted);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Once everything answers, or once it ended without that.
fn outcome(place: &Place, child: &mut Child) -> Result<Option<ExitCode>> {
    let record = Record::load(&place.run(), "devstack").filter(|record| record.pid == child.id());
    if record.is_some_and(|record| record.url.is_some()) {
        return Ok(Some(ExitCode::SUCCESS));
    }
    Ok(child.try_wait()?.map(|_| ExitCode::FAILURE))
}
