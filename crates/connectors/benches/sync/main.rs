//! How fast is a vendor's data fetched? `make bench` runs this against the release build of the service, on a Postgres whose
//! commits wait for the disk, with the sandbox as the vendor: `BENCH_RECORDS` calendar events, fetched for the first time, and
//! once more from the beginning when nothing has changed. Beside it, in the same run, the plain loop that somebody would write:
//! read a page, and `insert … on conflict` each of its records.
//!
//! The service's memory is looked at all the while. The figures that count are the ratios of one run.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

#[path = "../common/large.rs"]
mod large;
#[path = "../common/memory.rs"]
mod memory;
mod plain;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/report.rs"]
mod report;
#[path = "../common/sandbox.rs"]
mod sandbox_of;
#[path = "../common/start.rs"]
mod start;
mod vendor;

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use vendor::Vendor;

/// How often the stream and the memory are looked at.
const GLANCE: Duration = Duration::from_millis(250);

struct Measured {
    name: &'static str,
    seconds: f64,
    cpu_ms: Option<f64>,
}

#[tokio::main]
async fn main() {
    let count: i32 = std::env::var("BENCH_RECORDS").map_or(100_000, |text| text.parse().unwrap());
    let database = large::database().await;
    let vendor = Vendor::start().await;
    vendor.fill(count).await;
    let service = vendor.service(&database).await;
    let mut memory = vec![memory::memory(service.id())];
    let began = (Instant::now(), service.cpu());
    let connection = vendor.connect(&service).await;
    fetched(&connection, &service, &mut memory).await;
    let first = measured("first run", count, began, &service);
    assert_eq!(connection.stream().await["records"], count);
    let before = written(&database.pool).await;
    let began = (Instant::now(), service.cpu());
    connection.sync_anew().await;
    fetched(&connection, &service, &mut memory).await;
    let again = measured("nothing has changed", count, began, &service);
    assert_eq!(written(&database.pool).await, before, "a run without changes writes no record");
    let token = connection.token().await;
    plain::prepare(&database.pool).await;
    let mut all = vec![first, again];
    for name in ["plain loop, first", "plain loop, again"] {
        let began = Instant::now();
        let done = plain::run(&database.pool, &vendor, &token).await;
        assert_eq!(done, count);
        all.push(Measured { name, seconds: began.elapsed().as_secs_f64(), cpu_ms: None });
    }
    report(count, &all, &memory);
}

/// Waits until the stream has come to its end.
async fn fetched(connection: &vendor::Connection<'_>, service: &process::Process, memory: &mut Vec<f64>) {
    loop {
        tokio::time::sleep(GLANCE).await;
        memory.push(memory::memory(service.id()));
        let stream = connection.stream().await;
        if stream["finished_at"].is_string() && !stream["running"].as_bool().unwrap() && connection.is_answered(&stream)
        {
            return;
        }
    }
}

/// The newest transaction that has written a record, and how many records there are.
async fn written(pool: &sqlx::PgPool) -> (i64, i64) {
    sqlx::query_as("select max(xmin::text::bigint), count(*) from records").fetch_one(pool).await.unwrap()
}

fn measured(name: &'static str, count: i32, (began, cpu): (Instant, Duration), service: &process::Process) -> Measured {
    let spent = service.cpu().saturating_sub(cpu).as_secs_f64() * 1000.0;
    Measured { name, seconds: began.elapsed().as_secs_f64(), cpu_ms: Some(spent / f64::from(count)) }
}

fn report(count: i32, all: &[Measured], memory: &[f64]) {
    let rate = |one: &Measured| f64::from(count) / one.seconds;
    let [_, _, plain_first, plain_again] = all else { unreachable!() };
    println!("\n  {count} records; the ratio is of records a second to the plain loop's same pass");
    println!("                        a second     ratio   CPU of a record");
    let mut rows = Vec::new();
    for (number, one) in all.iter().enumerate() {
        let ratio = rate(one) / rate(if number % 2 == 0 { plain_first } else { plain_again });
        let cpu = one.cpu_ms.map_or_else(String::new, |cpu| format!("{cpu:>12.3} ms"));
        println!("  {:<20} {:>9.0}   {ratio:>7.2}   {cpu}", one.name, rate(one));
        rows.push(json!({ "what": one.name, "per_second": rate(one), "ratio": ratio, "cpu_ms": one.cpu_ms }));
    }
    let at = |part: usize| memory[(memory.len() - 1) * part / 4];
    let quarters: Vec<f64> = (0..=4).map(at).collect();
    let most = memory.iter().copied().fold(0.0, f64::max);
    println!("  the service's memory in MB, from the beginning to the end: {quarters:.1?}, at most {most:.1}");
    let report: Value =
        json!({ "records": count, "passes": rows, "memory_mb": { "quarters": quarters, "most": most } });
    report::write("sync", &report);
}
