//! What runs in production, tried without an engine: the compose files as Compose itself reads them, the Dockerfile, Traefik with
//! production's own flags, backups of a real database, alert rules and dashboard.

mod backups;
mod compose;
mod documents;
mod door;
mod images;
mod operate;
mod promql;
mod seeing;
mod shell;
mod typed;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One of the foreign programs.
#[expect(clippy::disallowed_methods, reason = "devstack says it to the tests")]
fn tool(name: &str) -> PathBuf {
    let folder = std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test");
    Path::new(&folder).join(name)
}

/// A folder that is gone and made anew.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What it printed, or both streams where it failed.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(text) } else { Err(text + &String::from_utf8_lossy(&output.stderr)) }
}

/// Fails with every violation in a line of its own.
#[track_caller]
fn none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}
