//! How fast are webhooks taken, durably, and what else holds while they are? `make bench` runs this against the release build of
//! the service, on a Postgres whose commits wait for the disk.
//!
//! 1. `take`: bodies of the vendors' sizes from 64 connections, and beside the service, in turns, what any service of this shape
//!    can reach at most: the bare inserts, one a commit and 128 a commit, and a fixed answer over the same HTTP stack. Another
//!    stack can be measured in the same turns: see [`peer`].
//! 2. `backlog`: the same while `BENCH_BACKLOG` deliveries wait to be read.
//! 3. `pages`: the first page of signals beside one ten thousand pages down, of `BENCH_SIGNALS`.
//!
//! The service's memory is looked at before, during and after. The figures that count are the ratios of one run.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

#[path = "../common/aside.rs"]
mod aside;
mod backlog;
#[path = "../common/bodies.rs"]
mod bodies;
#[path = "../common/deliveries.rs"]
mod deliveries;
mod figures;
#[path = "../common/large.rs"]
mod large;
mod limits;
#[path = "../common/load.rs"]
mod load;
#[path = "../common/median.rs"]
mod median;
#[path = "../common/memory.rs"]
mod memory;
mod pages;
mod peer;
#[path = "../common/postgres.rs"]
mod postgres;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/queue.rs"]
mod queue;
#[path = "../common/receiver.rs"]
mod receiver;
#[path = "../common/report.rs"]
mod report;
mod rows;
mod send;
#[path = "../common/signals.rs"]
mod signals;
#[path = "../common/start.rs"]
mod start;
mod take;

use serde_json::json;

/// A number from the environment, for runs that take longer.
fn number(name: &str, usual: i64) -> i64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

#[tokio::main]
async fn main() {
    if std::env::var_os(limits::SELF).is_some() {
        return aside::serve(limits::router()).await;
    }
    // One of the three alone, for whoever works on it.
    let only = std::env::var("BENCH_ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    let mut report = json!({});
    if wanted("take") {
        report["take"] = take::measure().await;
    }
    if wanted("backlog") {
        report["backlog"] = backlog::measure(number("BENCH_BACKLOG", 100_000)).await;
    }
    if wanted("pages") {
        report["pages"] = pages::measure(number("BENCH_SIGNALS", 1_000_000)).await;
    }
    report::write("ingest", &report);
}
