//! What was measured, as a table for people and as JSON for programs. The figures that count are the ratios of one run.

use crate::{load::Measured, median::median};
use serde_json::{Value, json};
use std::{fmt, time::Duration};

/// All rounds of one target.
pub struct Figures {
    name: &'static str,
    per_second: Vec<f64>,
    cpu_ms_per_request: Vec<f64>,
    latencies: Vec<Duration>,
}

impl Figures {
    pub fn of(name: &'static str) -> Self {
        Self { name, per_second: Vec::new(), cpu_ms_per_request: Vec::new(), latencies: Vec::new() }
    }

    pub fn add(&mut self, round: Measured) {
        let requests = f64::from(u32::try_from(round.latencies.len()).unwrap_or(u32::MAX));
        self.per_second.push(requests / round.elapsed.as_secs_f64());
        self.cpu_ms_per_request.extend(round.cpu.map(|cpu| cpu.as_secs_f64() * 1000.0 / requests));
        self.latencies.extend(round.latencies);
        self.latencies.sort_unstable();
    }

    fn quantile_ms(&self, per_mille: usize) -> f64 {
        let index = (self.latencies.len() * per_mille / 1000).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }
}

pub struct Report {
    pub clients: usize,
    /// The service first.
    pub figures: Vec<Figures>,
}

impl Report {
    fn ours(&self) -> Option<f64> {
        median(&self.figures.first()?.per_second)
    }

    fn ours_cpu(&self) -> Option<f64> {
        median(&self.figures.first()?.cpu_ms_per_request)
    }

    pub fn json(&self) -> Value {
        let of = |figures: &Figures| {
            json!({
                "target": figures.name,
                "per_second": median(&figures.per_second),
                "p50_ms": figures.quantile_ms(500),
                "p99_ms": figures.quantile_ms(990),
                "cpu_ms_per_request": median(&figures.cpu_ms_per_request),
                "vend_per_second_ratio": self.ours().zip(median(&figures.per_second)).map(|(ours, its)| ours / its),
                "vend_cpu_ratio": self.ours_cpu().zip(median(&figures.cpu_ms_per_request)).map(|(ours, its)| ours / its),
            })
        };
        json!({"clients": self.clients, "targets": self.figures.iter().map(of).collect::<Vec<_>>()})
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n  {} clients; the ratio is the vend's throughput to each", self.clients)?;
        writeln!(f, "                    a second       ratio         p50         p99   CPU/request   ratio")?;
        for figures in &self.figures {
            let per_second = median(&figures.per_second).unwrap_or_default();
            let ratio = self.ours().map_or(0.0, |ours| ours / per_second);
            let [p50, p99] = [500, 990].map(|per_mille| figures.quantile_ms(per_mille));
            write!(f, "  {:<16} {per_second:>9.0}   {ratio:>9.2}   {p50:>6.2} ms   {p99:>6.2} ms", figures.name)?;
            match median(&figures.cpu_ms_per_request).zip(self.ours_cpu()) {
                Some((cpu, ours)) => writeln!(f, "   {cpu:>8.3} ms   {:>5.2}", ours / cpu)?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
