//! One round: so many clients, each of which does the same thing again as soon as it is done.

use futures_util::future::join_all;
use std::time::{Duration, Instant};

pub struct Round {
    pub latencies: Vec<Duration>,
    /// More than the latencies where one of them was of many.
    pub done: u64,
    pub elapsed: Duration,
}

/// `work` answers how many it has done; with a pause after it, the load is what the pause lets through and not all there can be.
pub async fn round(clients: usize, length: Duration, pause: Duration, work: impl AsyncFn() -> u64) -> Round {
    let began = Instant::now();
    let until = began + length;
    let client = async |_: usize| {
        let (mut latencies, mut done) = (Vec::new(), 0);
        while Instant::now() < until {
            let asked = Instant::now();
            done += work().await;
            latencies.push(asked.elapsed());
            tokio::time::sleep(pause).await;
        }
        (latencies, done)
    };
    let all = join_all((0..clients).map(client)).await;
    let done = all.iter().map(|(_, done)| done).sum();
    let latencies = all.into_iter().flat_map(|(latencies, _)| latencies).collect();
    Round { latencies, done, elapsed: began.elapsed() }
}

/// In milliseconds.
pub fn quantile(latencies: &mut [Duration], per_mille: usize) -> f64 {
    latencies.sort_unstable();
    let at = (latencies.len() * per_mille / 1000).min(latencies.len().saturating_sub(1));
    latencies.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
}
