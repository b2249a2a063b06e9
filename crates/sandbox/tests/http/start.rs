//! Starting, stopping, and what outlives it.

use crate::support::{GITHUB, config, start};
use reqwest::StatusCode;
use sandbox::{Config, StartError};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

/// A file of its own for each test, gone afterwards.
struct StateFile(PathBuf);

impl StateFile {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("sandbox-{}.json", kernel::alphanumeric(16))))
    }

    fn config(&self) -> Config {
        Config { state_file: Some(self.0.clone()), ..config() }
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        // Nothing to do about a file that was never written.
        let _ = fs::remove_file(&self.0);
    }
}

/// Connections survive a restart, and so does the clock; the file holds no token and is its owner's alone.
#[tokio::test]
async fn grants_outlive_a_restart() {
    let file = StateFile::new();
    let before = start(file.config()).await;
    before.control("clock", json!({"advance_seconds": 100})).await;
    let (access, refresh) = before.connect(GITHUB).await;
    before.running.stop().await;

    let text = fs::read_to_string(&file.0).unwrap();
    assert!(!text.contains(&access) && !text.contains(&refresh));
    assert_eq!(fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);

    let after = start(file.config()).await;
    assert_eq!(after.api(GITHUB, &access).await.status, StatusCode::OK);
    assert!(after.refresh(GITHUB, &refresh).await.body["access_token"].is_string());
    let clock = after.control("clock", json!({"advance_seconds": 0})).await.body;
    assert_eq!(clock["advanced_seconds"], 100);
}

/// A file that is not ours is left alone, and the start says so.
#[tokio::test]
async fn a_foreign_state_file_is_not_overwritten() {
    let file = StateFile::new();
    fs::write(&file.0, "notes").unwrap();
    assert!(matches!(sandbox::spawn(file.config()).await, Err(StartError::StateFile(_))));
    assert_eq!(fs::read_to_string(&file.0).unwrap(), "notes");
}

/// A CA file without a certificate would fail at every delivery, so it fails at the start.
#[tokio::test]
async fn a_ca_file_without_a_certificate_is_refused() {
    let file = StateFile::new();
    fs::write(&file.0, "notes").unwrap();
    let started = sandbox::spawn(Config { webhook_ca_pem_path: Some(file.0.clone()), ..config() }).await;
    assert!(matches!(started, Err(StartError::Ca(_))));
}

/// The process does not start for production, nor where nobody says what the machine is for.
#[test]
fn the_process_refuses_every_environment_but_development() {
    for environment in [None, Some("production"), Some("staging")] {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sandbox"));
        process.env_clear().envs(environment.map(|name| ("ENVIRONMENT", name)));
        let output = process.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains("ENVIRONMENT: "), "{environment:?}: {text}");
    }
}

/// The first page leads a person to everything, and everybody else's page frames none of it.
#[tokio::test]
async fn the_first_page_explains_the_sandbox() {
    let sandbox = start(config()).await;
    assert!(sandbox.running.url.starts_with("http://127.0.0.1:"));
    let response = sandbox.get("/").await;
    assert_eq!(response.headers()["x-frame-options"], "DENY");
    let text = response.text().await.unwrap();
    for shown in ["GitHub", "Linear", "/_control/state", "sandbox_account=NAME"] {
        assert!(text.contains(shown), "{shown} is not on the page");
    }
}

/// A port that is taken is said with its number.
#[tokio::test]
async fn a_taken_port_is_a_clear_error() {
    let sandbox = start(config()).await;
    let port = sandbox.running.url.rsplit(':').next().unwrap().parse().unwrap();
    let error = sandbox::spawn(Config { port, ..config() }).await.err().unwrap();
    assert_eq!(error.to_string(), format!("port {port} of 127.0.0.1 cannot be bound"));
}
