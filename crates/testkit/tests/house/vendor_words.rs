//! A vendor is a folder: its name stands nowhere else in the code that ships.

use crate::{none, rust_files};

/// A vendor's folder, and the words that may stand in it and nowhere else.
const VENDORS: &[(&str, &[&str])] = &[
    ("github", &["github"]),
    ("slack", &["slack"]),
    ("linear", &["linear"]),
    ("jira", &["jira", "confluence", "atlassian"]),
    ("google", &["google", "gmail"]),
    ("zoho", &["zoho"]),
    ("spotify", &["spotify"]),
];

/// The sandbox plays vendors, devstack sets it up, tests tell stories about them: none of these ships in a service.
const ELSEWHERE: &[&str] = &["crates/sandbox/", "crates/devstack/", "crates/testkit/"];

/// The line on which a registry and its crate root name a vendor's folder.
fn is_roll_call(path: &str, line: &str) -> bool {
    let line = line.trim();
    match path {
        "crates/providers/src/lib.rs" => line.starts_with("mod "),
        "crates/providers/src/registry.rs" => line.starts_with("use crate::") || line.contains("::provider()"),
        "crates/providers/src/sign_in/registry.rs" => line.starts_with("use crate::") || line.contains("::SIGN_IN"),
        _ => false,
    }
}

fn violations(path: &str, text: &str) -> Vec<String> {
    let in_own_folder = |folder: &str| path.starts_with(&format!("crates/providers/src/{folder}/"));
    if path.contains("/tests/") || ELSEWHERE.iter().any(|folder| path.starts_with(folder)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let lower = line.to_lowercase();
        for (folder, words) in VENDORS {
            for word in words.iter().filter(|word| lower.contains(**word)) {
                if !in_own_folder(folder) && !is_roll_call(path, line) {
                    found.push(format!("{path}:{number} says {word}"));
                }
            }
        }
    }
    found
}

/// No vendor's name outside its folder.
#[test]
fn vendor_words_stay_in_their_folders() {
    let found: Vec<String> = rust_files("crates").iter().flat_map(|(path, text)| violations(path, text)).collect();
    none(&found);
}

/// Planted: a vendor in a flow, in another vendor's folder, and in the crate root outside its roll call.
#[test]
fn a_vendor_word_in_the_wrong_place_is_found() {
    let said = |path: &str, text: &str| violations(path, text);
    assert_eq!(
        said("crates/connectors/src/flows/vend.rs", "\nif provider == \"github\" {"),
        ["crates/connectors/src/flows/vend.rs:2 says github"]
    );
    assert_eq!(
        said("crates/providers/src/github/api.rs", "// like Slack"),
        ["crates/providers/src/github/api.rs:1 says slack"]
    );
    assert_eq!(said("crates/providers/src/lib.rs", "// GitHub"), ["crates/providers/src/lib.rs:1 says github"]);
    assert!(said("crates/providers/src/lib.rs", "mod github;").is_empty());
    assert!(said("crates/providers/src/github/api.rs", "// GitHub").is_empty());
    assert!(said("crates/providers/src/jira/sign_in.rs", "id: \"atlassian\",").is_empty());
    assert_eq!(
        said("crates/auth/src/flows/social.rs", "if id == \"atlassian\" {"),
        ["crates/auth/src/flows/social.rs:1 says atlassian"]
    );
    assert_eq!(
        said("crates/providers/src/sign_in/registry.rs", "// Google\n    &google::SIGN_IN,"),
        ["crates/providers/src/sign_in/registry.rs:1 says google"]
    );
}
