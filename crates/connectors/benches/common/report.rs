//! Where programs look for what was measured.

use std::path::{Path, PathBuf};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_connectors");

/// Where cargo builds.
pub fn target_folder() -> PathBuf {
    Path::new(PROGRAM).ancestors().nth(2).unwrap().to_path_buf()
}

/// Writes what was measured there.
pub fn write(name: &str, report: &serde_json::Value) {
    let folder = target_folder().join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, format!("{report:#}\n")).unwrap();
    println!("  written to {}", file.display());
}
