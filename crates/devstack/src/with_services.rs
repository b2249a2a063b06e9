//! A fresh Postgres and Redis for the length of one command: what `make test` runs in.

use crate::{
    payloads,
    place::Place,
    process::{Signal, mortal, signal_group, signal_one},
    settings::Values,
    stop::Stop,
    test_tools,
    throwaway::Throwaway,
    tools::{in_path, runs},
};
use anyhow::{Context, Result};
use std::{
    io::IsTerminal,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::Path,
    process::{Child, ExitCode, ExitStatus},
    thread,
    time::{Duration, Instant},
};

/// How long the command may take to end once it was asked to.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the command and answers with its exit code. The servers end with it, however it ends.
pub fn run(place: &Place, durable: bool, command: &[String]) -> Result<ExitCode> {
    place.prepare()?;
    let stop = Stop::listen()?;
    let services = if durable { Throwaway::durable(place, &stop)? } else { Throwaway::start(place, &stop)? };
    let mut values = services.values.clone();
    let payloads = payloads::index(place);
    if payloads.is_file() {
        values.insert("OCTOKIT_EXAMPLES".to_owned(), payloads.display().to_string());
    }
    if let Some(folder) = test_tools::ready(place) {
        values.insert("TEST_TOOLS".to_owned(), folder.display().to_string());
    }
    let status = obey(command, &values, &stop);
    services.end(&stop);
    // As shells have it: a command that a signal ended answers 128 and the signal.
    let status = status?;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// On a terminal the command stays in our group, where Ctrl-C reaches it and it may use the keyboard; elsewhere it gets
/// its own, so that its children can be told as well.
fn obey(command: &[String], values: &Values, stop: &Stop) -> Result<ExitStatus> {
    let (program, arguments) = command.split_first().context("no command was given")?;
    let terminal = std::io::stdin().is_terminal();
    let named = Path::new(program);
    let found = if program.contains('/') { runs(named).then(|| named.to_owned()) } else { in_path(program) };
    let mut command = mortal(
        &found.with_context(|| format!("{program} cannot be started: there is no such program"))?,
        Signal::Terminate,
    );
    command.args(arguments).envs(values);
    if !terminal {
        command.process_group(0);
    }
    let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
    let signal = |child: &Child, signal| {
        if terminal { signal_one(child.id(), signal) } else { signal_group(child.id(), signal) }
    };
    let mut asked: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        match asked {
            None if stop.asked() > 0 => {
                signal(&child, Signal::Terminate);
                asked = Some(Instant::now());
            }
            Some(since) if since.elapsed() > PATIENCE || stop.asked() > 2 => {
                signal(&child, Signal::Kill);
            }
            _ => {}
        }
        thread::sleep(Duration::from_millis(20));
    }
}
