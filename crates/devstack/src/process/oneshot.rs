//! Commands that run to their end, with their output in a log and an eye on the wish to stop.

use super::group::{Signal, signal_group};
use crate::{screen::tail, stop::Stop};
use anyhow::{Context, Result, bail};
use std::{
    fs::File,
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// Runs it. A failure is told with the last lines of its output.
pub fn run(command: &mut Command, log: &Path, stop: &Stop) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = File::options().create(true).append(true).mode(0o600).open(log);
    let output = output.with_context(|| format!("{} cannot be written", log.display()))?;
    command.stdout(output.try_clone()?).stderr(output).process_group(0);
    let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if let Err(interrupted) = stop.check() {
            signal_group(child.id(), Signal::Kill);
            let _ = child.wait();
            return Err(interrupted);
        }
        thread::sleep(Duration::from_millis(20));
    };
    if status.success() {
        return Ok(());
    }
    bail!("{name} failed ({status}); the end of {}:\n    {}", log.display(), tail(log, 12).join("\n    "));
}

/// Standard output of a short question such as `postgres --version`; `None` when it cannot be asked.
pub fn quietly(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
