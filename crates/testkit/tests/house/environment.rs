//! `.env.example` lists what the configuration asks for: no more, no less.

use crate::{none, read};
use kernel::Env;
use std::collections::BTreeSet;

const COMPOSE_ONLY: &str = "# --- docker-compose.prod.yml only";

/// The keys of the file, before and after the part that only compose reads.
fn listed(example: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (services, compose) = example.split_once(COMPOSE_ONLY).unwrap_or((example, ""));
    let keys = |part: &str| {
        let lines = part.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once('=')).map(|(key, _)| key.to_owned()).collect()
    };
    (keys(services), keys(compose))
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
    none(&differences(&asked, &listed(&read(".env.example")).0));
}

/// What only compose reads is really read there, and each of it must be set.
#[test]
fn the_compose_keys_are_demanded_by_compose() {
    let compose = read("docker-compose.yml") + &read("docker-compose.prod.yml");
    let (_, keys) = listed(&read(".env.example"));
    assert!(!keys.is_empty());
    let unread: Vec<String> = keys
        .iter()
        .filter(|key| !compose.contains(&format!("${{{key}:?")))
        .map(|key| format!("{key} is listed for compose, and compose does not demand it"))
        .collect();
    none(&unread);
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
    let (services, compose) = listed(&format!("# C=1\nA=\nD=2\n{COMPOSE_ONLY}\nE=\n"));
    assert_eq!(
        differences(&asked, &services),
        ["B is asked for, and .env.example does not list it", "D is listed in .env.example, and nobody asks for it"]
    );
    assert_eq!(compose, BTreeSet::from(["E".to_owned()]));
}
