//! How much a run may use: what is asked for, up to what there is.

use super::RunError;
use std::time::Duration;

pub use agent::run::Budget;

/// What is taken where nothing is said, and the most that can be.
const STEPS: (u32, u32) = (20, 100);
const SECONDS: (u64, u64) = (300, 1800);
const TOKENS: (u64, u64) = (300_000, 3_000_000);
const RESULT_BYTES: (usize, usize) = (500_000, 4_000_000);

/// Absent: the usual.
#[derive(Debug, Clone, Copy, Default)]
pub struct WishedBudget {
    pub steps: Option<u32>,
    pub seconds: Option<u64>,
    pub tokens: Option<u64>,
    pub result_bytes: Option<usize>,
}

impl WishedBudget {
    pub(super) fn budget(self) -> Result<Budget, RunError> {
        Ok(Budget {
            steps: within("#/budget/steps", self.steps, STEPS)?,
            time: Duration::from_secs(within("#/budget/seconds", self.seconds, SECONDS)?),
            tokens: within("#/budget/tokens", self.tokens, TOKENS)?,
            result_bytes: within("#/budget/result_bytes", self.result_bytes, RESULT_BYTES)?,
        })
    }
}

fn within<T>(pointer: &'static str, wished: Option<T>, (usual, most): (T, T)) -> Result<T, RunError>
where
    T: PartialOrd + std::fmt::Display + From<u8>,
{
    let wished = wished.unwrap_or(usual);
    if wished < T::from(1) || wished > most {
        return Err(RunError::Invalid { pointer, detail: format!("must be 1 to {most}") });
    }
    Ok(wished)
}
