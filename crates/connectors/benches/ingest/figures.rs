//! What the turns come to.

use crate::{
    load::{Round, quantile},
    median::median,
};
use serde_json::{Value, json};
use std::time::Duration;

pub struct Figures {
    pub name: &'static str,
    per_second: Vec<f64>,
    own_cpu: Vec<f64>,
    postgres_cpu: Vec<f64>,
    latencies: Vec<Duration>,
}

impl Figures {
    pub fn of(name: &'static str) -> Self {
        Self { name, per_second: Vec::new(), own_cpu: Vec::new(), postgres_cpu: Vec::new(), latencies: Vec::new() }
    }

    /// `own`: processor time of the process that answered, where it is one of ours.
    pub fn add(&mut self, round: Round, own: Option<Duration>, postgres: Duration) {
        let done = f64::from(u32::try_from(round.done).unwrap());
        self.per_second.push(done / round.elapsed.as_secs_f64());
        self.own_cpu.extend(own.map(|cpu| cpu.as_secs_f64() * 1000.0 / done));
        self.postgres_cpu.push(postgres.as_secs_f64() * 1000.0 / done);
        self.latencies.extend(round.latencies);
    }
}

/// The service is the first.
pub fn report(title: &str, all: &mut [Figures]) -> Value {
    let ours = all.first().and_then(|first| median(&first.per_second)).unwrap_or_default();
    println!("\n  {title}; the ratio is the service's throughput to each, CPU is of a delivery");
    println!("                        a second     ratio         p50         p99   CPU, its own   CPU, Postgres");
    let mut rows = Vec::new();
    for figures in all {
        let per_second = median(&figures.per_second).unwrap_or_default();
        let [p50, p99] = [500, 990].map(|per_mille| quantile(&mut figures.latencies, per_mille));
        let (own, postgres) = (median(&figures.own_cpu), median(&figures.postgres_cpu));
        let shown = own.map_or_else(|| " ".repeat(12), |cpu| format!("{cpu:>9.3} ms"));
        println!(
            "  {:<20} {per_second:>9.0}   {:>7.2}   {p50:>6.2} ms   {p99:>6.2} ms   {shown}    {:>9.3} ms",
            figures.name,
            ours / per_second,
            postgres.unwrap_or_default()
        );
        rows.push(json!({
            "target": figures.name, "per_second": per_second, "ratio": ours / per_second, "p50_ms": p50, "p99_ms": p99,
            "cpu_ms": own, "postgres_cpu_ms": postgres,
        }));
    }
    json!({ "what": title, "targets": rows })
}
