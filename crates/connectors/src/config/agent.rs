//! The model behind the agent: whole, or absent.

use kernel::{Env, Environment, Secret};
use std::str::FromStr;
use url::Url;

const KEY: &str = "ANTHROPIC_API_KEY";
const BASE_URL: &str = "ANTHROPIC_BASE_URL";
const MODEL: &str = "ANTHROPIC_MODEL";
const MAX_TOKENS: &str = "ANTHROPIC_MAX_TOKENS";
const PRICES: &str = "ANTHROPIC_PRICES";
/// Enough for what an agent says between two calls.
const USUAL_TOKENS: u64 = 4096;
const MOST_TOKENS: u64 = 64_000;

/// What the agent is told from outside.
pub struct AgentSettings {
    pub key: Secret,
    pub base_url: Url,
    /// As the API calls it.
    pub model: String,
    /// Of one answer.
    pub max_tokens: u64,
    /// `None`: runs have no price.
    pub prices: Option<Prices>,
}

/// In millionths of a dollar for a million tokens, which is to say millionths of a millionth for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    pub input: u64,
    pub output: u64,
    pub cache_write: u64,
    pub cache_read: u64,
}

/// Not four prices.
#[derive(Debug, thiserror::Error)]
#[error("not four amounts")]
pub struct PricesError;

impl FromStr for Prices {
    type Err = PricesError;

    /// Dollars for a million tokens: input, output, written to the cache, read from it.
    fn from_str(text: &str) -> Result<Self, PricesError> {
        let amounts: Vec<u64> =
            text.split(',').map(|amount| microdollars(amount.trim())).collect::<Option<_>>().ok_or(PricesError)?;
        match amounts[..] {
            [input, output, cache_write, cache_read] => Ok(Self { input, output, cache_write, cache_read }),
            _ => Err(PricesError),
        }
    }
}

/// `3.75` is 3,750,000. Decimal digits only, six of them behind the point at most.
fn microdollars(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || part.len() > 6 || !is_number(whole) || !is_number(part) {
        return None;
    }
    format!("{whole}{part:0<6}").parse().ok()
}

pub(super) fn load(env: &Env, environment: Environment) -> Option<AgentSettings> {
    let key: Option<Secret> = env.optional(KEY, "the key that the console shows");
    let base_url: Option<Url> = env.optional(BASE_URL, "https://api.anthropic.com");
    let model: Option<String> = env.optional(MODEL, "claude-sonnet-5-5");
    let max_tokens = env.or_default(MAX_TOKENS, USUAL_TOKENS);
    if !(1..=MOST_TOKENS).contains(&max_tokens) {
        env.fault(MAX_TOKENS, format!("must be 1 to {MOST_TOKENS}"), USUAL_TOKENS.to_string());
    }
    let prices: Option<Prices> = env.optional(PRICES, "3,15,3.75,0.30");
    if base_url.as_ref().is_some_and(|url| url.scheme() != "https") && environment == Environment::Production {
        env.fault(BASE_URL, "must be https outside of development", "https://api.anthropic.com");
    }
    let base_url = base_url.or_else(|| "https://api.anthropic.com".parse().ok())?;
    match (key, model) {
        (Some(key), Some(model)) => {
            if environment.refuses(key.expose()) {
                env.fault(KEY, "is a value from the example file", "the key that the console shows");
            }
            Some(AgentSettings { key, base_url, model, max_tokens, prices })
        }
        (Some(_), None) => {
            env.fault(MODEL, "is missing while the key is set", "claude-sonnet-5-5");
            None
        }
        (None, Some(_)) => {
            env.fault(KEY, "is missing while the model is set", "the key that the console shows");
            None
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts are exact; what is no amount is none.
    #[test]
    fn prices_are_read_exactly() {
        let prices: Prices = "3, 15,3.75,0.000001".parse().unwrap();
        assert_eq!(prices, Prices { input: 3_000_000, output: 15_000_000, cache_write: 3_750_000, cache_read: 1 });
        for text in ["", "3,15,3.75", "3,15,3.75,0.3,1", "3,15,-1,0", "3,15,1e3,0", "3,15,.5,0", "3,15,0.0000001,0"] {
            assert!(text.parse::<Prices>().is_err(), "{text}");
        }
    }
}
