//! How does each thing grow? `make curves` runs this against the release build of the service, on a Postgres whose commits wait for
//! the disk, and draws what it measured: the pictures of `docs/curves.md`.
//!
//! 1. `pages`: a page of signals, the first one and one half way down, while the table grows.
//! 2. `backlog`: taking webhooks while others wait to be read.
//! 3. `vend`: handing out tokens while the table of connections grows.
//! 4. `streams`: the memory of a process while more and more follow signals.
//! 5. `replicas`: one, two and four processes on one database.
//!
//! `BENCH_ONLY` names one of them, or `draw`, which measures nothing and draws what is in `target/bench/curves.json`; one curve
//! alone replaces its figures there and leaves the others. `CURVES=quick` takes small sizes and leaves the pictures in `docs` as
//! they are; `CURVES_PAGES`, `CURVES_BACKLOG`, `CURVES_VEND`, `CURVES_STREAMS` and `CURVES_REPLICAS` name other sizes, with commas.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

mod backlog;
#[path = "../common/bodies.rs"]
mod bodies;
mod curve;
#[path = "../common/deliveries.rs"]
mod deliveries;
#[path = "../common/large.rs"]
mod large;
#[path = "../common/load.rs"]
mod load;
#[path = "../common/memory.rs"]
mod memory;
mod pages;
mod picture;
mod pictures;
#[path = "../common/postgres.rs"]
mod postgres;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/queue.rs"]
mod queue;
#[path = "../common/receiver.rs"]
mod receiver;
mod replicas;
#[path = "../common/report.rs"]
mod report;
mod rig;
#[path = "../common/sandbox.rs"]
mod sandbox_of;
#[path = "../ingest/send.rs"]
mod send;
#[path = "../common/signals.rs"]
mod signals;
mod sizes;
#[path = "../common/start.rs"]
mod start;
mod streams;
#[path = "../common/streams.rs"]
mod streams_of;
mod turns;
mod vend;

use curve::Curve;
use serde_json::{Value, json};
use sizes::sizes;

#[tokio::main]
async fn main() {
    let only = std::env::var("BENCH_ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    let name = if sizes::are_quick() { "curves-quick" } else { "curves" };
    let mut report = before(name);
    let mut keep = |name: &str, curve: Curve| report[name] = curve.json();
    if wanted("pages") {
        keep("pages", pages::measure(&sizes("PAGES", &[10_000, 100_000, 1_000_000, 10_000_000])).await);
    }
    if wanted("backlog") {
        keep("backlog", backlog::measure(&sizes("BACKLOG", &[0, 1_000, 10_000, 100_000, 1_000_000])).await);
    }
    if wanted("vend") {
        keep("vend", vend::measure(&sizes("VEND", &[100, 1_000, 10_000, 100_000, 1_000_000])).await);
    }
    if wanted("streams") {
        keep("streams", streams::measure(&sizes("STREAMS", &[10, 100, 1_000, 10_000])).await);
    }
    if wanted("replicas") {
        keep("replicas", replicas::measure(&sizes("REPLICAS", &[1, 2, 4])).await);
    }
    report::write(name, &report);
    pictures::draw(&report, &pictures::folder());
}

/// What earlier runs measured.
fn before(name: &str) -> Value {
    let file = report::target_folder().join(format!("bench/{name}.json"));
    std::fs::read_to_string(file).map_or(json!({}), |text| serde_json::from_str(&text).unwrap())
}
