//! What benchmarks with very many rows need.

use crate::process::{Process, stat};
use std::mem::ManuallyDrop;
use testkit::Database;

/// Of a page of memory, on every machine that this runs on.
const PAGE: u64 = 4096;

/// Looking through so many rows for what must not be there, as tests do when they drop theirs, would take longer than the rest; the
/// whole server is thrown away.
pub async fn database() -> ManuallyDrop<Database> {
    ManuallyDrop::new(Database::fresh().await)
}

/// What it holds of the machine's memory, in megabytes.
pub fn memory(process: &Process) -> f64 {
    let pages: u64 = stat(process.id()).unwrap()[21].parse().unwrap();
    f64::from(u32::try_from(pages * PAGE / 1024).unwrap()) / 1000.0
}
