//! A running program that is measured from outside.

use std::{process::Child, time::Duration};

/// Clock ticks a second, the same on every Linux.
const TICKS: u32 = 100;

/// It ends with this value.
pub struct Process {
    child: Child,
    pub origin: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Process {
    pub fn of(child: Child, origin: String) -> Self {
        Self { child, origin }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time so far, in user and kernel.
    pub fn cpu(&self) -> Duration {
        cpu(self.id()).unwrap()
    }
}

/// `None`: it has ended.
pub fn cpu(process: u32) -> Option<Duration> {
    let fields = stat(process)?;
    let ticks: u32 = [&fields[11], &fields[12]].iter().map(|field| field.parse::<u32>().unwrap()).sum();
    Some(Duration::from_secs(ticks.into()) / TICKS)
}

/// The name in brackets may hold spaces; fields 14 and 15 are counted from behind it.
pub fn stat(process: u32) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit(')').next().unwrap().split_whitespace().map(str::to_owned).collect())
}
