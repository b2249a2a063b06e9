//! What a process holds of the machine's memory.

use crate::process::stat;

/// Of a page of memory, on every machine that this runs on.
const PAGE: u64 = 4096;

/// In megabytes.
pub fn memory(process: u32) -> f64 {
    let pages: u64 = stat(process).unwrap()[21].parse().unwrap();
    f64::from(u32::try_from(pages * PAGE / 1024).unwrap()) / 1000.0
}
