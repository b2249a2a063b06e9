//! What the person sees: one line a stage with its seconds, on a terminal rewritten in place, elsewhere as plain lines.

use anyhow::Result;
use std::{
    fs::File,
    io::{IsTerminal, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// Prints a line. A terminal that has gone away must not stop the stopping, so errors are let go.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a fault to standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "\ndevstack: {text}");
}

/// Does a piece of work while its name and elapsed time are shown.
pub fn stage<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    stage_with(name, None, work)
}

/// [`stage`] that also shows the last line of the log which the work writes.
pub fn stage_with<T>(name: &str, log: Option<&Path>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let (finished, wait) = channel::<()>();
    let ticker = {
        let (name, log) = (name.to_owned(), log.map(Path::to_owned));
        thread::spawn(move || tick(&name, log.as_deref(), started, &wait))
    };
    let result = work();
    drop(finished);
    let _ = ticker.join();
    let mark = if result.is_ok() { "ok  " } else { "FAIL" };
    let clear = if std::io::stdout().is_terminal() { "\r\x1b[2K" } else { "" };
    say(&format!("{clear}  {mark} {name} ({:.1} s)", started.elapsed().as_secs_f32()));
    result
}

fn tick(name: &str, log: Option<&Path>, started: Instant, finished: &Receiver<()>) {
    let terminal = std::io::stdout().is_terminal();
    let pace = Duration::from_millis(if terminal { 250 } else { 10_000 });
    while finished.recv_timeout(pace) == Err(RecvTimeoutError::Timeout) {
        let detail = log.and_then(|path| tail(path, 1).pop()).unwrap_or_default();
        let seconds = started.elapsed().as_secs();
        let line: String = format!("  ...  {name} {seconds} s  {}", detail.trim()).chars().take(110).collect();
        if terminal {
            let mut out = std::io::stdout();
            let _ = write!(out, "\r\x1b[2K{line}").and_then(|()| out.flush());
        } else {
            say(&line);
        }
    }
}

/// The last lines of a log, of at most its last 16 KiB.
pub fn tail(path: &Path, lines: usize) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(16 * 1024)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect()
}
