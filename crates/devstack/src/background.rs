//! devstack once more, in the background: what it says is shown until it is up, and then it is left alone.

use crate::{
    place::write_private,
    process::{Signal, signal_one},
    screen::say,
    stop::Stop,
};
use anyhow::{Context, Result};
use std::{
    fs::{self, File},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::Path,
    process::{Command, ExitCode, Stdio},
    thread,
    time::Duration,
};

/// Returns once `is_up` says so of its process id; an interrupt before that ends it.
pub fn start(arguments: &[&str], log: &Path, is_up: impl Fn(u32) -> bool) -> Result<ExitCode> {
    write_private(log, "")?;
    let output = File::options().append(true).mode(0o600).open(log)?;
    let stop = Stop::listen()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()
        .context("devstack cannot be started again in the background")?;
    let mut shown = 0;
    loop {
        let end =
            if is_up(child.id()) { Some(ExitCode::SUCCESS) } else { child.try_wait()?.map(|_| ExitCode::FAILURE) };
        for line in fs::read_to_string(log).unwrap_or_default().lines().skip(shown) {
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
