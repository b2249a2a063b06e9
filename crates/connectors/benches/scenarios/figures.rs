//! What the rounds of one target come to, as a row for people and as JSON for programs.

use crate::{load::quantile, median::median};
use serde_json::{Value, json};
use std::time::Duration;

/// One round of one target.
pub struct Turn {
    pub latencies: Vec<Duration>,
    /// More than the latencies where one of them was of many.
    pub done: usize,
    /// All that the processor time was spent on; more than is told of where others were answered beside them.
    pub answers: usize,
    pub elapsed: Duration,
    /// Processor time of the process that answered, where there is one.
    pub own: Option<Duration>,
    /// The same of Postgres, where it is one of this machine.
    pub postgres: Option<Duration>,
}

#[derive(Default)]
pub struct Figures {
    per_second: Vec<f64>,
    own_cpu_ms: Vec<f64>,
    postgres_cpu_ms: Vec<f64>,
    latencies: Vec<Duration>,
}

/// Of all rounds, the median or the quantile.
pub struct Summary {
    pub name: &'static str,
    pub per_second: f64,
    /// 50 and 99 of a hundred.
    pub quantiles_ms: Option<[f64; 2]>,
    pub cpu_ms: Option<f64>,
    pub postgres_cpu_ms: Option<f64>,
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

impl Figures {
    pub fn add(&mut self, turn: Turn) {
        let each_ms = |cpu: Duration| cpu.as_secs_f64() * 1000.0 / number(turn.answers);
        self.per_second.push(number(turn.done) / turn.elapsed.as_secs_f64());
        self.own_cpu_ms.extend(turn.own.map(each_ms));
        self.postgres_cpu_ms.extend(turn.postgres.map(each_ms));
        self.latencies.extend(turn.latencies);
    }

    pub fn summary(mut self, name: &'static str) -> Summary {
        Summary {
            name,
            per_second: median(&self.per_second).unwrap(),
            quantiles_ms: Some([500, 990].map(|per_mille| quantile(&mut self.latencies, per_mille))),
            cpu_ms: median(&self.own_cpu_ms),
            postgres_cpu_ms: median(&self.postgres_cpu_ms),
        }
    }
}

/// What stands above the rows.
pub const HEAD: &str = "
  CPU is of one request; the share is the service's throughput of the ceiling's
                                      a second        p50        p99        CPU   Postgres    share";

impl Summary {
    pub fn print(&self, name: &str, share: Option<f64>) {
        let ms = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| " ".repeat(8), |value| format!("{value:>5.digits$} ms"))
        };
        let [p50, p99] = [0, 1].map(|at| ms(self.quantiles_ms.map(|both| both[at]), 2));
        let (cpu, postgres) = (ms(self.cpu_ms, 3), ms(self.postgres_cpu_ms, 3));
        let share = share.map_or_else(String::new, |share| format!("{:>5.0} %", share * 100.0));
        println!("  {name:<34} {:>9.0} {p50:>10} {p99:>10} {cpu:>10} {postgres:>10}  {share}", self.per_second);
    }

    pub fn json(&self) -> Value {
        json!({
            "name": self.name, "per_second": self.per_second, "p50_ms": self.quantiles_ms.map(|both| both[0]),
            "p99_ms": self.quantiles_ms.map(|both| both[1]), "cpu_ms": self.cpu_ms, "postgres_cpu_ms": self.postgres_cpu_ms,
        })
    }
}
