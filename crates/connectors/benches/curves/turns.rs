//! The same load, several times.

use crate::load::{quantile, round};
use std::time::Duration;

pub const CLIENTS: usize = 32;
const ROUND: Duration = Duration::from_secs(4);
/// Of which the middle one counts: one that is disturbed must not decide.
const ROUNDS: usize = 3;

pub struct Turns {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The first round, which warms up and does not count elsewhere, included.
    pub done: f64,
}

/// `work` does one thing.
pub async fn turns(work: impl AsyncFn()) -> Turns {
    let one = async || {
        work().await;
        1
    };
    let (mut rates, mut latencies, mut done) = (Vec::new(), Vec::new(), 0.0);
    for number in 0..=ROUNDS {
        let round = round(CLIENTS, ROUND, Duration::ZERO, &one).await;
        let count = f64::from(u32::try_from(round.done).unwrap());
        done += count;
        if number > 0 {
            rates.push(count / round.elapsed.as_secs_f64());
            latencies.extend(round.latencies);
        }
    }
    rates.sort_unstable_by(f64::total_cmp);
    let [p50_ms, p99_ms] = [500, 990].map(|per_mille| quantile(&mut latencies, per_mille));
    Turns { per_second: rates[ROUNDS / 2], p50_ms, p99_ms, done }
}
