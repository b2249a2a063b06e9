//! The demo where there is nothing to show.

use std::{fs, path::Path, process::Command};

/// Somebody types the second command first: one sentence names the first one, and no secret is made.
#[test]
fn a_demo_before_the_first_make_dev_is_one_clear_sentence() {
    let checkout = Path::new(env!("CARGO_TARGET_TMPDIR")).join("never-started");
    let _ = fs::remove_dir_all(&checkout);
    fs::create_dir_all(checkout.join("traefik")).expect("a folder");
    fs::write(checkout.join("traefik/dynamic.yml"), "").expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_devstack")).arg("demo").current_dir(&checkout).output();
    let output = output.expect("devstack runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        text.trim(),
        "devstack: `make dev` has not run here yet; start it in another terminal, and then this again: make dev"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(!checkout.join(".dev").exists());
}
