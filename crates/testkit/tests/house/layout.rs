//! What is written down about the house is true of it.

use crate::{none, read, root, rust_files};
use std::collections::BTreeSet;

/// The crates that exist.
fn crates() -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join("crates")).expect("crates/");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// The crates that a text's map names: lines that begin with a name and go on with at least two spaces, inside the first
/// fenced block after a line that says `crates/`.
fn mapped(text: &str) -> BTreeSet<String> {
    let map = text.split_once("\ncrates/\n").map_or("", |(_, rest)| rest);
    let map = map.split("```").next().unwrap_or_default();
    let names = map.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    names.filter_map(|line| line.split_once("  ")).map(|(name, _)| name.trim_end_matches('/').to_owned()).collect()
}

fn map_differences(existing: &BTreeSet<String>, mapped: &BTreeSet<String>) -> Vec<String> {
    let missing = existing.difference(mapped).map(|name| format!("{name} is missing from the map"));
    let extra = mapped.difference(existing).map(|name| format!("{name} is on the map and does not exist"));
    missing.chain(extra).collect()
}

/// The README's map of crates is the workspace.
#[test]
fn the_readme_maps_every_crate() {
    none(&map_differences(&crates(), &mapped(&read("README.md"))));
}

/// Planted: a crate that the map forgets, and one that is gone.
#[test]
fn a_wrong_map_is_found() {
    let existing = BTreeSet::from(["kernel".to_owned(), "vault".to_owned()]);
    let map = mapped("text\n```\ncrates/\n  kernel/   words\n             more words\n  attic/    dust\n```\n");
    assert_eq!(
        map_differences(&existing, &map),
        ["vault is missing from the map", "attic is on the map and does not exist"]
    );
}

/// What a crate's manifest has to say.
fn manifest_violations(name: &str, manifest: &str) -> Vec<String> {
    let mut violations = Vec::new();
    if !manifest.contains("[lints]\nworkspace = true") {
        violations.push(format!("{name} does not take the workspace's lints"));
    }
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap_or_default();
    for line in dependencies.lines().filter(|line| line.contains('=') && !line.contains("workspace = true")) {
        violations.push(format!("{name} declares a version of its own: {line}"));
    }
    violations
}

/// Every crate takes its lints and its versions from the workspace, and its README is its documentation.
#[test]
fn every_crate_is_of_the_house() {
    let mut violations = Vec::new();
    for name in crates() {
        violations.extend(manifest_violations(&name, &read(format!("crates/{name}/Cargo.toml"))));
        let readme = root().join(format!("crates/{name}/README.md"));
        if !readme.exists() {
            violations.push(format!("{name} has no README"));
        }
        let roots = ["lib.rs", "main.rs"].map(|file| root().join(format!("crates/{name}/src/{file}")));
        let told = roots.iter().filter_map(|path| std::fs::read_to_string(path).ok());
        if !told.into_iter().any(|text| text.contains("include_str!(\"../README.md\")")) {
            violations.push(format!("{name}'s documentation is not its README"));
        }
    }
    none(&violations);
}

/// Every dependency of the workspace says why it is there.
#[test]
fn every_dependency_has_a_reason() {
    none(&reasonless(&read("Cargo.toml")));
}

fn reasonless(manifest: &str) -> Vec<String> {
    let (_, table) = manifest.split_once("[workspace.dependencies]").unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    let declared = table.lines().filter(|line| line.contains(" = ") && !line.starts_with('#'));
    declared.filter(|line| !line.contains("path = ") && !line.contains(" # ")).map(ToOwned::to_owned).collect()
}

/// Planted: lints left out, a version of its own, a dependency without a reason.
#[test]
fn a_crate_that_goes_its_own_way_is_found() {
    assert_eq!(
        manifest_violations("attic", "[dependencies]\nserde = \"1\"\ntokio.workspace = true\n"),
        ["attic does not take the workspace's lints", "attic declares a version of its own: serde = \"1\""]
    );
    let manifest = "[workspace.dependencies]\nserde = \"1\" # data\ndust = \"2\"\n[profile.dev]\ndebug = 1\n";
    assert_eq!(reasonless(manifest), ["dust = \"2\""]);
}

/// No file tells more than one story: 600 lines are too many for any.
#[test]
fn files_stay_short() {
    let long = rust_files("crates").into_iter().filter(|(_, text)| text.lines().count() > 600);
    none(&long.map(|(path, _)| format!("{path} is longer than 600 lines")).collect::<Vec<_>>());
}

/// Places that change a connection's state past the door that tells of it.
fn silent_changes(files: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let door = "crates/connectors/src/flows/health.rs";
    let past = files.into_iter().filter(|(path, text)| {
        path.contains("/src/")
            && path != door
            && text.contains("set_status(")
            && !text.contains("pub async fn set_status(")
    });
    past.map(|(path, _)| format!("{path} sets a status; {door} does, with its audit line and its signal")).collect()
}

/// No state of a connection changes unheard.
#[test]
fn states_change_through_one_door() {
    none(&silent_changes(rust_files("crates")));
}

/// Planted: a flow that sets a status by itself.
#[test]
fn a_silent_change_is_found() {
    let planted = ("crates/connectors/src/flows/x.rs".to_owned(), "connections::set_status(&pool)".to_owned());
    assert_eq!(silent_changes([planted]).len(), 1);
}
