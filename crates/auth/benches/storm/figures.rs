//! What was measured, as a table for people and as JSON for programs.

use serde_json::{Value, json};
use std::{fmt, time::Duration};

/// How long answers took.
#[derive(Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn add(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    /// The latency in milliseconds that `per_mille` of a thousand requests did not exceed.
    fn quantile_ms(&self, per_mille: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * per_mille / 1000).min(sorted.len().saturating_sub(1));
        sorted.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }

    fn json(&self) -> Value {
        json!({
            "requests": self.0.len(),
            "p50_ms": self.quantile_ms(500),
            "p99_ms": self.quantile_ms(990),
            "max_ms": self.quantile_ms(1000),
        })
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, most] = [500, 990, 1000].map(|per_mille| self.quantile_ms(per_mille));
        write!(f, "{:>10} {p50:>10.2} ms {p99:>10.2} ms {most:>10.2} ms", self.0.len())
    }
}

pub struct Report {
    pub clients: usize,
    pub idle: Latencies,
    pub storm: Latencies,
    pub signed_in: usize,
    /// Sign-ins that were turned away with 503.
    pub busy: usize,
    pub storm_s: f64,
    pub rss_before_kib: u32,
    /// The most the process has ever held.
    pub rss_peak_kib: u32,
    pub rss_after_kib: u32,
}

impl Report {
    fn ratio(&self, per_mille: usize) -> f64 {
        self.storm.quantile_ms(per_mille) / self.idle.quantile_ms(per_mille)
    }

    fn sign_ins_per_s(&self) -> f64 {
        f64::from(u32::try_from(self.signed_in).unwrap_or(u32::MAX)) / self.storm_s
    }

    pub fn json(&self) -> Value {
        json!({
            "clients": self.clients,
            "jwks": {
                "idle": self.idle.json(),
                "storm": self.storm.json(),
                "ratio": {"p50": self.ratio(500), "p99": self.ratio(990)},
            },
            "sign_in": {"done": self.signed_in, "per_s": self.sign_ins_per_s(), "busy": self.busy},
            "rss_kib": {"before": self.rss_before_kib, "peak": self.rss_peak_kib, "after": self.rss_after_kib},
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n  GET /api/auth/jwks     requests           p50           p99          most")?;
        writeln!(f, "  nobody signs in      {}", self.idle)?;
        writeln!(f, "  {:>2} clients sign in   {}", self.clients, self.storm)?;
        writeln!(f, "  slower by a factor of          {:>11.2}   {:>11.2}\n", self.ratio(500), self.ratio(990))?;
        writeln!(f, "  sign-ins  {:.1} a second, {} turned away", self.sign_ins_per_s(), self.busy)?;
        let megabytes = |kib: u32| f64::from(kib) * 1.024 / 1000.0;
        writeln!(
            f,
            "  memory    {:.1} MB before, {:.1} MB at most, {:.1} MB after",
            megabytes(self.rss_before_kib),
            megabytes(self.rss_peak_kib),
            megabytes(self.rss_after_kib)
        )
    }
}
