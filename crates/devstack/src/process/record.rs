//! What runs, written down in `.dev/run/NAME.json`, so that `down` and the next `up` can end what a killed devstack left
//! behind, and never end a stranger that got the same number later.

use super::group::{Signal, signal_group};
use crate::place::write_private;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub name: String,
    pub pid: u32,
    /// Field 22 of `/proc/PID/stat`, in clock ticks since the machine started.
    pub started: u64,
    /// Tells one start of the machine from another.
    pub boot: String,
    /// Where the stack answers; only in the record of devstack itself, once everything is up.
    pub url: Option<String>,
}

impl Record {
    pub fn of(name: &str, pid: u32) -> Result<Self> {
        let Some(started) = started(pid) else { bail!("{name} ended at once") };
        Ok(Self { name: name.to_owned(), pid, started, boot: boot(), url: None })
    }

    pub fn save(&self, folder: &Path) -> Result<()> {
        write_private(&folder.join(format!("{}.json", self.name)), &serde_json::to_string(self)?)
    }

    pub fn load(folder: &Path, name: &str) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.join(format!("{name}.json"))).ok()?).ok()
    }

    pub fn forget(folder: &Path, name: &str) {
        let _ = fs::remove_file(folder.join(format!("{name}.json")));
    }

    /// Whether exactly this process still runs.
    pub fn alive(&self) -> bool {
        self.boot == boot() && started(self.pid) == Some(self.started)
    }

    /// Waits for the end. False: it still runs.
    pub fn ends_within(&self, limit: Duration) -> bool {
        let asked = Instant::now();
        while self.alive() {
            if asked.elapsed() > limit {
                return false;
            }
            thread::sleep(Duration::from_millis(50));
        }
        true
    }
}

/// Ends every recorded process that still runs, and forgets all records. Answers the names of those it ended.
pub fn sweep(folder: &Path) -> Result<Vec<String>> {
    let mut ended = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")) else { continue };
        if let Some(record) = Record::load(folder, name).filter(Record::alive) {
            // Postgres reads SIGINT as "disconnect everyone and stop", SIGTERM as "wait for everyone".
            let gently = if name == "postgres" { Signal::Interrupt } else { Signal::Terminate };
            let told = signal_group(record.pid, gently);
            if !(told && record.ends_within(Duration::from_secs(15))) {
                signal_group(record.pid, Signal::Kill);
            }
            if !record.ends_within(Duration::from_secs(5)) {
                bail!(
                    "{name} (process {}) cannot be stopped; if another user started it, run: sudo make dev-down",
                    record.pid
                );
            }
            ended.push(name.to_owned());
        }
        let _ = fs::remove_file(&path);
    }
    Ok(ended)
}

/// `None`: no such process, or one that only waits to be collected.
pub(super) fn started(pid: u32) -> Option<u64> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the program's name in brackets and may itself hold spaces and brackets.
fn parse(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18)?.parse().ok() }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Field 22, counted behind the last bracket.
    #[test]
    fn the_start_time_is_found_behind_any_program_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4242 9 10";
        assert_eq!(parse(stat), Some(4242));
    }

    /// A zombie has ended; only its parent has not looked yet.
    #[test]
    fn a_zombie_counts_as_ended() {
        assert_eq!(parse("7 (sh) Z 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4242 9 10"), None);
    }

    /// The number alone does not make it ours.
    #[test]
    fn a_stranger_with_the_same_number_is_not_ours() {
        let ours = Record::of("test", std::process::id()).expect("this process runs");
        let stranger = Record { started: ours.started + 1, ..ours.clone() };
        let before_reboot = Record { boot: "another".to_owned(), ..ours.clone() };
        assert_eq!([ours.alive(), stranger.alive(), before_reboot.alive()], [true, false, false]);
    }
}
