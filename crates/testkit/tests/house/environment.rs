//! `.env.example` lists what the configuration asks for: no more, no less.

use crate::{none, read};
use kernel::Env;
use std::collections::BTreeSet;

/// The keys of the file.
fn listed(example: &str) -> BTreeSet<String> {
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(key, _)| key.to_owned()).collect()
}

fn differences(asked: &BTreeSet<String>, listed: &BTreeSet<String>) -> Vec<String> {
    let missing = asked.difference(listed).map(|key| format!("{key} is asked for, and .env.example does not list it"));
    let extra = listed.difference(asked).map(|key| format!("{key} is listed in .env.example, and nobody asks for it"));
    missing.chain(extra).collect()
}

/// The example names exactly the keys that the two services ask for.
#[test]
fn the_example_lists_what_is_asked_for() {
    // Nothing is set, so everything is missing: loading notes the faults and goes on asking.
    let env = Env::from_pairs::<String, String>([]);
    assert!(connectors::config::Config::load(&env).is_err());
    let mut asked: BTreeSet<String> = env.asked();
    let env = Env::from_pairs::<String, String>([]);
    assert!(auth::Config::from_env(&env).is_err());
    asked.extend(env.asked());
    none(&differences(&asked, &listed(&read(".env.example"))));
}

/// The example's own secrets are refused in production.
#[test]
fn the_example_does_not_start_in_production() {
    let example = read(".env.example");
    let pairs = || example.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    assert!(connectors::config::Config::load(&Env::from_pairs(pairs())).is_err());
    assert!(auth::Config::from_env(&Env::from_pairs(pairs())).is_err());
}

/// Planted: a key too few and a key too many.
#[test]
fn a_key_too_few_or_too_many_is_found() {
    let asked = BTreeSet::from(["A".to_owned(), "B".to_owned()]);
    assert_eq!(
        differences(&asked, &listed("# C=1\nA=\nD=2\n")),
        ["B is asked for, and .env.example does not list it", "D is listed in .env.example, and nobody asks for it"]
    );
}
