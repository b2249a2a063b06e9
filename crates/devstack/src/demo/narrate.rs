//! What is done, what was seen, and the sum at the end.

use crate::screen::say;
use anyhow::Result;
use std::{process::ExitCode, time::Instant};

/// What a step saw, as a sentence, and what it found.
pub type Seen<T> = (String, T);

#[derive(Default)]
pub struct Story {
    steps: usize,
    failed: usize,
}

impl Story {
    /// Takes a step. `None`: it failed, and why has been told.
    pub async fn step<T>(&mut self, title: &str, work: impl Future<Output = Result<Seen<T>>>) -> Option<T> {
        self.steps += 1;
        say(&format!("\n  {:>2}  {title}", self.steps));
        let started = Instant::now();
        match work.await {
            Ok((seen, found)) => {
                say(&format!("      ✓ {seen} ({:.1} s)", started.elapsed().as_secs_f32()));
                Some(found)
            }
            Err(error) => {
                self.failed += 1;
                say(&format!("      ✗ {error:#}"));
                None
            }
        }
    }

    pub fn end(&self, complete: bool) -> ExitCode {
        if !complete {
            say("\n  The steps that come next build on the last one and were not taken. The logs: make dev-logs");
        }
        say(&format!("\ndemo: {} steps, {} failed", self.steps, self.failed));
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Something worth knowing within a step.
pub fn note(text: &str) {
    say(&format!("      · {text}"));
}
