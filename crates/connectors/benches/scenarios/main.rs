//! What do both services do with the requests that a product makes, one kind at a time and mixed, and what is the most that a service
//! of this shape could do on this machine? `make bench` brings the release builds up as `bench/target.json` describes them, on a
//! Postgres whose commits wait for the disk and that holds a million signals, and runs this against them.
//!
//! 64 clients ask again as soon as they were answered, 16 where passwords are hashed. Status and text of every answer are looked
//! at, the first wrong one ends the run, and each round's webhooks are counted in the database. Beside each scenario, in turns with
//! it, its ceilings: the same answer over the same HTTP stack without any work, and the insert, the hash or the statement that it
//! cannot do without, alone. Statements are asked one by one there: where the service asks one for many it gets beyond. The figures that count are the shares and the processor time of a request.
//!
//! `BENCH_ROUNDS`, `BENCH_SECONDS` of each, and `BENCH_SCENARIOS`, names parted by commas, for whoever works on one.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

#[path = "../common/aside.rs"]
mod aside;
#[path = "../common/bodies.rs"]
mod bodies;
mod class;
mod client;
mod clients;
mod cold;
mod figures;
mod fixed;
#[path = "../common/hashes.rs"]
mod hashes;
#[path = "../common/load.rs"]
mod load;
#[path = "../common/median.rs"]
mod median;
#[path = "../common/memory.rs"]
mod memory;
mod outcome;
mod people;
mod plan;
#[path = "../common/postgres.rs"]
mod postgres;
#[path = "../common/process.rs"]
mod process;
mod reads;
#[path = "../common/report.rs"]
mod report;
mod request;
mod rounds;
#[path = "../ingest/rows.rs"]
mod rows;
mod stage;
mod target;
mod turns;

use rounds::Rounds;
use serde_json::json;
use std::{str::FromStr, time::Duration};

/// So that all of them take about four minutes.
const ROUNDS: usize = 3;
const SECONDS: f64 = 1.5;

fn main() {
    // The load has one thread, as its clients do next to nothing; what answers it has as many as the services.
    if let Ok(folder) = std::env::var(fixed::SELF) {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        return runtime.enable_all().build().unwrap().block_on(aside::serve(fixed::router(&folder)));
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(measure());
}

fn set<T: FromStr>(name: &str, usual: T) -> T {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

async fn measure() {
    let rounds =
        Rounds { count: set("BENCH_ROUNDS", ROUNDS), length: Duration::from_secs_f64(set("BENCH_SECONDS", SECONDS)) };
    let wanted = std::env::var("BENCH_SCENARIOS").ok();
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted.split(',').any(|one| one == name));
    let mut stage = stage::set_up().await;
    let mut outcomes = Vec::new();
    println!("{}", figures::HEAD);
    for scenario in plan::ALL.iter().filter(|scenario| is_wanted(scenario.name)) {
        stage.fixtures.renew(&stage.target).await;
        let outcome = rounds.play(scenario, &stage, &outcomes).await;
        outcome.print();
        outcomes.push(outcome);
    }
    let services = cold::measure(&stage.target).await;
    stage::take_down(&stage).await;
    let told: Vec<_> = outcomes.iter().map(outcome::Outcome::json).collect();
    report::write(
        "scenarios",
        &json!({
            "rounds": rounds.count, "seconds": rounds.length.as_secs_f64(), "scenarios": told, "services": services,
        }),
    );
    println!();
    for outcome in &outcomes {
        println!("{}", outcome.line());
    }
}
