//! What this process knows of runs.

use crate::config::{AgentSettings, Prices};
use agent::{
    Model, Usage,
    model::{Anthropic, Patience, SettingsError},
};
use db::agent_runs::Used;
use kernel::Clock;
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Runs that go on in one process: each holds a conversation, a stream and some sessions.
const MOST: usize = 200;

/// The model, and what it costs.
pub struct Agent {
    pub model: Box<dyn Model>,
    pub name: String,
    /// Of one answer.
    pub max_tokens: u64,
    prices: Option<Prices>,
}

impl Agent {
    pub fn new(client: &outbound::Client, clock: Clock, settings: AgentSettings) -> Result<Self, SettingsError> {
        let AgentSettings { key, base_url, model: name, max_tokens, prices } = settings;
        let model = Anthropic::new(client.clone(), clock, &base_url, &key, name.clone(), Patience::default())?;
        Ok(Self { model: Box::new(model), name, max_tokens, prices })
    }

    /// As it is kept.
    pub(super) fn used(&self, steps: u32, usage: Usage) -> Used {
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        Used {
            steps: i32::try_from(steps).unwrap_or(i32::MAX),
            input_tokens: count(usage.input),
            output_tokens: count(usage.output),
            cache_write_tokens: count(usage.cache_write),
            cache_read_tokens: count(usage.cache_read),
            cost_microdollars: self.prices.map(|prices| count(cost(prices, usage))),
        }
    }
}

/// In millionths of a dollar, rounded up.
fn cost(prices: Prices, usage: Usage) -> u64 {
    let of = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
    let all = of(usage.input, prices.input)
        + of(usage.output, prices.output)
        + of(usage.cache_write, prices.cache_write)
        + of(usage.cache_read, prices.cache_read);
    u64::try_from(all.div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// The runs of this process.
pub struct Runs {
    /// Names it in the rows that it holds.
    pub(super) process: Uuid,
    pub(super) places: Arc<Semaphore>,
    /// Somebody here has decided or cancelled something. Other processes look for themselves.
    pub(super) news: Notify,
    stop: CancellationToken,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            process: Uuid::now_v7(),
            places: Arc::new(Semaphore::new(MOST)),
            news: Notify::new(),
            stop: CancellationToken::new(),
        }
    }
}

impl Runs {
    /// Ends all of them: the service stops.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each kind of token has its own price, and a part of a millionth is a whole one.
    #[test]
    fn a_run_costs_what_its_tokens_cost() {
        let prices: Prices = "3,15,3.75,0.30".parse().unwrap();
        let usage = Usage { input: 1000, output: 100, cache_write: 200, cache_read: 10_001 };
        assert_eq!(cost(prices, usage), 3000 + 1500 + 750 + 3001);
    }
}
