//! The checker's word, and ours about what was done: a table for people, one line of JSON for programs.

use super::Told;
use crate::{
    place::Place,
    screen::say,
    tools::{in_path, runs},
};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

/// Written in another language, by other rules.
const CHECKER: &str = "crates/devstack/checker/check.py";

pub fn reach(place: &Place, folder: &Path, index: &Path, told: &Told) -> Result<ExitCode> {
    let found = check(place, folder, index)?;
    let done = done(told);
    say("\n  what was done");
    table(&done);
    say("\n  what was found: those marked with ! have to be 0");
    let (faults, counts) = (found["faults"].as_object(), found["counts"].as_object());
    let (faults, counts) = faults.zip(counts).context("the checker's answer cannot be read")?;
    table(counts);
    for (name, value) in faults {
        say(&format!("  {:>9}  {} {name}", value.to_string(), if value == 0 { " " } else { "!" }));
    }
    let off = faults.values().any(|value| value != 0);
    let report = json!({ "done": done, "counts": counts, "faults": faults, "ok": !off });
    say(&format!("\n{report}"));
    let target = place.binaries.parent().context("this program is not in a target folder")?.join("bench");
    fs::create_dir_all(&target)?;
    fs::write(target.join("chaos-ingest.json"), format!("{report:#}\n"))?;
    say(&format!(
        "\n  chaos-ingest: {}",
        if off { "NOT every delivery is accounted for" } else { "every delivery is accounted for" }
    ));
    Ok(if off { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn done(told: &Told) -> Map<String, Value> {
    let count = |counter: &AtomicU64| json!(counter.load(Ordering::Relaxed));
    let sent = &told.sent;
    [
        ("seconds", json!(told.seconds.round())),
        ("services killed", json!(told.kills)),
        ("services that ended by themselves", json!(told.ended_by_themselves)),
        ("times the database was cut off", json!(told.outages)),
        ("senders", json!(told.senders)),
        ("attempts", count(&sent.attempts)),
        ("attempts acknowledged", count(&sent.acknowledged)),
        ("attempts without an answer", count(&sent.interrupted)),
        ("attempts answered 503", count(&sent.unavailable)),
        ("deliveries repeated", count(&sent.repeated)),
        ("deliveries given up by their sender", count(&sent.given_up)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

fn table(rows: &Map<String, Value>) {
    for (name, value) in rows {
        say(&format!("  {:>9}    {name}", value.to_string()));
    }
}

fn check(place: &Place, folder: &Path, index: &Path) -> Result<Value> {
    let mut python = Command::new(python(place)?);
    python.args(["-B", "-E", "-s"]).arg(place.root.join(CHECKER)).arg(folder).arg(index).stdin(Stdio::null());
    let output = python.output().context("the checker cannot be started")?;
    if !output.status.success() {
        bail!("the checker failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("the checker's answer cannot be read")
}

/// The tests' own where they are installed; the checker needs nothing but the language.
fn python(place: &Place) -> Result<PathBuf> {
    let own = place.dev.join("test-tools/python/bin/python3");
    let found = Some(own).filter(|path| runs(path)).or_else(|| in_path("python3"));
    found.context("Python is needed; run: sudo apt-get install -y python3")
}
