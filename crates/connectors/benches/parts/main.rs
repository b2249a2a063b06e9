//! How long does each inner part take by itself? `make bench` runs this; Criterion measures, and what it found last is kept in
//! `target/criterion`, so that the next run says what has changed. A word behind `--` picks parts by their names.
//!
//! Sign-ins are measured by their libraries alone: the auth service hashes on threads of its own, which `scenarios` shows.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

#[path = "../../src/flows/sync/checksum.rs"]
#[expect(dead_code, unused_imports, reason = "its tests run in its own crate")]
mod checksum;
#[path = "../common/hashes.rs"]
mod hashes;
mod passwords;
mod readings;
mod records;
#[path = "../common/report.rs"]
mod report;
mod sealing;
mod signatures;
mod table;
mod tokens;

use criterion::Criterion;
use std::time::Duration;

/// Short: there are some thirty, and processor time hardly varies.
const WARM_UP: Duration = Duration::from_millis(150);
const MEASURED: Duration = Duration::from_millis(500);
const SAMPLES: usize = 20;
const RESAMPLES: usize = 2000;

fn main() {
    let kept = report::target_folder().join("criterion");
    let mut criterion = Criterion::default()
        .warm_up_time(WARM_UP)
        .measurement_time(MEASURED)
        .sample_size(SAMPLES)
        .nresamples(RESAMPLES)
        .output_directory(&kept)
        .configure_from_args();
    let began = std::time::SystemTime::now();
    signatures::measure(&mut criterion);
    tokens::measure(&mut criterion);
    sealing::measure(&mut criterion);
    readings::measure(&mut criterion);
    records::measure(&mut criterion);
    passwords::measure(&mut criterion);
    table::print(&kept, began);
}
