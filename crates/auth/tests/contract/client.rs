//! The unmodified npm client over our service.

use crate::world::{FRONTEND, World};
use serde_json::Value;
use std::{path::PathBuf, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command};

const SCRIPT: &str = include_str!("client.mjs");

/// Every check of the script, by name: a frontend does not notice that the server is ours.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test's tools are the machine's")]
async fn the_unmodified_client_notices_nothing() {
    let tools = std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test");
    let world = World::start().await;
    let mut node = Command::new(PathBuf::from(&tools).join("bin/node"))
        .args(["--input-type=module", "-", &world.url, FRONTEND])
        .current_dir(&tools)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(SCRIPT.as_bytes()).await.unwrap();
    let output = node.wait_with_output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let outcomes: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed: Vec<&Value> = outcomes.iter().filter(|outcome| outcome["outcome"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(outcomes.len(), SCRIPT.matches("\ncheck(").count() + 2, "the script ended early");
    assert!(output.status.success());
}
