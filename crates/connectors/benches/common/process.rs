//! A running program that is measured from outside.

use std::{
    path::{Path, PathBuf},
    process::Child,
    time::{Duration, Instant},
};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_connectors");
const READY_WITHIN: Duration = Duration::from_secs(20);
/// Clock ticks a second, the same on every Linux.
const TICKS: u32 = 100;

/// Where cargo builds.
pub fn target_folder() -> PathBuf {
    Path::new(PROGRAM).ancestors().nth(2).unwrap().to_path_buf()
}

/// Writes what was measured where programs look for it.
pub fn write(name: &str, report: &serde_json::Value) {
    let folder = target_folder().join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, format!("{report:#}\n")).unwrap();
    println!("  written to {}", file.display());
}

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

    /// Waits until it serves.
    pub async fn ready(self) -> Self {
        let patience = Instant::now() + READY_WITHIN;
        while !reqwest::get(format!("{}/health/ready", self.origin))
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(Instant::now() < patience, "the service is not ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self
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
