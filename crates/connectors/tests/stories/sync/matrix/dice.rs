//! Chance that can be had again.

use rand::{RngExt, SeedableRng, rngs::StdRng};

pub struct Dice(StdRng);

impl Dice {
    /// `MATRIX_SEED` has the same happen again; a test that fails shows it.
    #[expect(clippy::disallowed_methods, reason = "a person repeats a failure with it")]
    pub fn thrown() -> Self {
        let given = std::env::var("MATRIX_SEED").ok().map(|seed| seed.parse().expect("MATRIX_SEED is a number"));
        let seed = given.unwrap_or_else(|| u64::from_be_bytes(kernel::bytes()));
        println!("MATRIX_SEED={seed}");
        Self(StdRng::seed_from_u64(seed))
    }

    /// From nothing up to what is below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.0.random_range(0..all.len())]
    }
}
