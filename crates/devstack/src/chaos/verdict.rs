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

pub fn reach(place: &Place, folder: &Path, index: &Path, name: &str, told: &Told) -> Result<ExitCode> {
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
    fs::write(target.join(format!("{name}.json")), format!("{report:#}\n"))?;
    say(&format!(
        "\n  {name}: {}",
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

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "01900000-0000-7000-8000-000000000001";
    const PAYLOADS: &str = r#"[{"name": "star", "examples": [{"action": "created", "starred_at": "2026-01-02T03:04:05Z",
        "sender": {"id": 7}, "repository": {"id": 9}}]}]"#;

    /// A run of two deliveries, of which all is well.
    fn files() -> Vec<(&'static str, String)> {
        let made = |number: u32, hash: &str| json!({"made": number, "provider": "github", "event": "star", "tenant": TENANT, "sha256": hash, "example": 0});
        let sent = |number: u32, status: u16| json!({"sent": number, "id": format!("id-{number}"), "status": status});
        let ledger =
            [made(0, "aa"), sent(0, 0), sent(0, 200), made(1, "bb"), sent(1, 200)].map(|line| line.to_string());
        vec![
            ("ledger.jsonl", ledger.join("\n")),
            (
                "deliveries.csv",
                format!(
                    "tenant_id,id,provider,event,delivery_id,state,body\n{TENANT},d0,github,star,id-0,done,aa\n\
                     {TENANT},d1,github,star,id-1,done,bb\n"
                ),
            ),
            ("queue.csv", "tenant_id,delivery_id,state\n".to_owned()),
            (
                "signals.csv",
                format!(
                    "tenant_id,position,delivery_id,kind,subject,occurred_at\n\
                     {TENANT},1,d0,star_added,7:9,1767323045000000\n{TENANT},2,d1,star_added,7:9,1767323045000000\n"
                ),
            ),
            ("feeds.csv", format!("tenant_id,last\n{TENANT},2\n")),
            ("connections.csv", "tenant_id,provider,org_id\n".to_owned()),
        ]
    }

    /// What the checker finds wrong after `from` has become `to` in one of the files.
    fn faults(name: &str, from: &str, to: &str) -> Vec<String> {
        let folder = std::env::temp_dir().join(format!("chaos-{}", kernel::alphanumeric(12)));
        fs::create_dir(&folder).unwrap();
        let payloads = folder.join("payloads.json");
        fs::write(&payloads, PAYLOADS).unwrap();
        for (file, text) in files() {
            assert!(file != name || text.contains(from), "{from} is not in {file}");
            fs::write(folder.join(file), if file == name { text.replacen(from, to, 1) } else { text }).unwrap();
        }
        let found = check(&Place::find().unwrap(), &folder, &payloads).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let faults = found["faults"].as_object().unwrap();
        faults.iter().filter(|(_, count)| **count != 0).map(|(name, _)| name.clone()).collect()
    }

    /// A checker that is never red proves nothing: each fault, planted, is told under its own name.
    #[test]
    fn each_fault_is_found() {
        assert_eq!(faults("", "", ""), [""; 0]);
        let stored = format!("{TENANT},d1,github,star,id-1,done,bb\n");
        let signal = format!("{TENANT},2,d1,star_added,7:9,1767323045000000\n");
        for (file, from, to, expected) in [
            (
                "deliveries.csv",
                stored.as_str(),
                String::new(),
                &["acknowledged and not stored", "signals nobody expected"][..],
            ),
            (
                "deliveries.csv",
                &stored,
                stored.clone() + &stored.replace("d1", "d2"),
                &["stored twice, by body", "stored twice, by id", "signals missing", "signals nobody expected"],
            ),
            (
                "deliveries.csv",
                &stored,
                stored.clone() + &stored.replace("d1", "d2").replace("bb", "cc"),
                &["stored and never sent", "stored twice, by id"],
            ),
            (
                "deliveries.csv",
                "id-1",
                "id-0".to_owned(),
                &["stored twice, by id", "stored under an id that was never sent"],
            ),
            ("deliveries.csv", "star,id-1", "push,id-1".to_owned(), &["stored as another event"]),
            ("deliveries.csv", "id-1,done", "id-1,pending".to_owned(), &["in no terminal state"]),
            ("deliveries.csv", "id-1,done", "id-1,dead".to_owned(), &["dead in one table only"]),
            ("queue.csv", "state\n", format!("state\n{TENANT},d1,ready\n"), &["still in the queue"]),
            ("queue.csv", "state\n", format!("state\n{TENANT},d9,dead\n"), &["queued without a delivery"]),
            ("signals.csv", &signal, String::new(), &["signals missing"]),
            ("signals.csv", "d1,star_added", "d1,push".to_owned(), &["signals missing", "signals nobody expected"]),
            ("signals.csv", &signal, signal.clone() + &signal, &["positions taken twice", "signals told twice"]),
            ("feeds.csv", ",2", ",1".to_owned(), &["positions beyond the feed's end"]),
        ] {
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(faults(file, from, &to), expected, "{file}: {from} → {to}");
        }
    }
}
