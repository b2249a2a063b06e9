//! What does each thing that the service does cost, and what do so many tenants come to? `make sizing` runs this against the release
//! build, on a Postgres whose commits wait for the disk. Processor time is read from outside, of the service's process and of Postgres,
//! until everything that was begun is done: it hardly depends on what else the machine does. Bytes are those of tables with their
//! indices, and of the log that a standby or an archive gets.
//!
//! The tables of `docs/operate.md` are what it prints.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

#[path = "../common/bodies.rs"]
mod bodies;
mod costs;
#[path = "../common/large.rs"]
mod large;
#[path = "../common/memory.rs"]
mod memory;
mod plan;
#[path = "../common/postgres.rs"]
mod postgres;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/queue.rs"]
mod queue;
#[path = "../common/report.rs"]
mod report;
#[path = "../common/sandbox.rs"]
mod sandbox_of;
#[path = "../ingest/send.rs"]
mod send;
#[path = "../common/start.rs"]
mod start;
#[path = "../common/streams.rs"]
mod streams;
mod work;

use serde_json::json;

/// Of which the memory of one is told.
const STREAMS: u32 = 1_000;

#[tokio::main]
async fn main() {
    let bench = work::Bench::start().await;
    let idle = memory::memory(bench.service.id());
    let costs = work::measure(&bench).await;
    println!("\n{}", costs::table(&costs));
    let before = memory::memory(bench.service.id());
    let held = streams::open(&bench.service, STREAMS).await;
    let stream_kb = (memory::memory(bench.service.id()) - before) * 1000.0 / f64::from(STREAMS);
    drop(held);
    println!(
        "An open stream of signals holds {stream_kb:.0} KB of memory in the service; a service that nobody asks, {idle:.0} MB."
    );
    let plans = [10.0, 1_000.0, 100_000.0].map(|tenants| plan::of(tenants, &costs));
    println!("\n{}\n{}", plan::TENANT, plan::table(&plans));
    let rows: Vec<_> = costs.iter().map(costs::Cost::json).collect();
    let plans: Vec<_> = plans.iter().map(plan::Plan::json).collect();
    report::write("sizing", &json!({ "idle_mb": idle, "stream_kb": stream_kb, "costs": rows, "plans": plans }));
}
