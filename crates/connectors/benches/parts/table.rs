//! What Criterion found, as a table for people and as JSON for programs.

use crate::report;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Those that were measured since `began`: what earlier runs left there may be of parts that are gone.
pub fn print(kept: &Path, began: SystemTime) {
    let mut parts = Vec::new();
    for group in folders(kept) {
        for part in folders(&group) {
            let (figures, names) = (part.join("new/estimates.json"), part.join("new/benchmark.json"));
            if fs::metadata(&figures).and_then(|file| file.modified()).is_ok_and(|time| time >= began) {
                let (figures, names) = (read(&figures), read(&names));
                let name = |which: &str| names[which].as_str().unwrap().to_owned();
                let median_us = figures["median"]["point_estimate"].as_f64().unwrap() / 1000.0;
                let spread_us = figures["median_abs_dev"]["point_estimate"].as_f64().unwrap() / 1000.0;
                parts.push((name("group_id"), name("function_id"), median_us, spread_us));
            }
        }
    }
    println!("\n  part                                                 median   deviation");
    let mut rows = Vec::new();
    for (group, part, median_us, spread_us) in &parts {
        println!("  {:<44} {median_us:>11.2} us {spread_us:>8.2} us", format!("{group}: {part}"));
        rows.push(json!({ "group": group, "part": part, "median_us": median_us, "deviation_us": spread_us }));
    }
    report::write("parts", &json!({ "parts": rows }));
}

/// In the order of their names; none where there is no such folder, as where nothing was measured.
fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}
