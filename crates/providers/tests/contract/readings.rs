//! What the fixtures say, and that nothing a vendor might send makes reading panic.

use crate::{
    fixtures::{self, Fixture, pushing, vendor},
    render,
};
use kernel::{Health, SignalKind};
use providers::{Provider, Reading, Whose};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn read(provider: &Provider, fixture: &Fixture) -> Reading {
    provider
        .vendor
        .webhooks()
        .unwrap()
        .read(&fixture.delivery())
        .unwrap_or_else(|error| panic!("{} cannot read its fixture {}: {error}", provider.slug, fixture.name))
}

/// Every fixture of a provider with its reading, whole.
pub fn readings(slug: &str) -> String {
    let provider = vendor(slug);
    let lines = fixtures::of(provider).into_iter().map(|fixture| {
        let reading = read(provider, &fixture);
        format!("{}: {}\n", fixture.name, render::reading(&reading))
    });
    lines.collect()
}

/// A provider shows one of each: an event that makes a signal, one that ends a connection, and one it does not know.
#[test]
fn every_provider_has_the_fixtures_that_matter() {
    let mut missing = Vec::new();
    let mut kinds = BTreeSet::new();
    for (provider, _) in pushing() {
        let readings: Vec<Reading> = fixtures::of(provider).iter().map(|fixture| read(provider, fixture)).collect();
        let mut needs = |what: &str, found: bool| {
            if !found {
                missing.push(format!("{} has no fixture of {what}.", provider.slug));
            }
        };
        let some = |test: fn(&Reading) -> bool| readings.iter().any(test);
        needs("an event that makes a signal", some(|reading| !reading.signals.is_empty()));
        needs("an event that names whose it is", some(|reading| reading.whose != Whose::Unnamed));
        needs("an event it does not know", some(|reading| !reading.recognised));
        let ends = |reading: &Reading| reading.lifecycle.iter().any(|change| change.health == Health::Removed);
        needs("an event that ends a connection", readings.iter().any(ends));
        kinds.extend(readings.iter().flat_map(|reading| &reading.signals).map(|signal| signal.kind.word()));
    }
    for kind in SignalKind::ALL {
        // These are written by the flow that changes the connection.
        if !kind.word().starts_with("connection_") && !kinds.contains(kind.word()) {
            missing.push(format!("No provider has a fixture that reads to {}.", kind.word()));
        }
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

/// Every member of a fixture is dropped in turn, and replaced by a null, numbers, a text, a list and an object: the
/// answer is a reading or an error that names what is missing, and the same for the same bytes.
#[test]
fn a_mutated_fixture_never_panics() {
    for (provider, _) in pushing() {
        for fixture in fixtures::of(provider) {
            for json in mutations(&fixture.json) {
                let delivery = fixtures::recall(&fixture.event, &json);
                let first = provider.vendor.webhooks().unwrap().read(&delivery);
                assert_eq!(
                    first,
                    provider.vendor.webhooks().unwrap().read(&delivery),
                    "{} reads {json} in two ways",
                    provider.slug
                );
                if let Err(error) = first {
                    assert!(error.missing.starts_with('/'), "{}: {error}", provider.slug);
                }
            }
        }
    }
}

fn mutations(json: &Value) -> Vec<Value> {
    let replacements = [json!(null), json!(-1), json!(1.5e300), json!(u64::MAX), json!("\u{0}x"), json!([]), json!({})];
    let mut mutated: Vec<Value> = replacements.to_vec();
    for path in paths(json, "") {
        for replacement in &replacements {
            let mut copy = json.clone();
            copy.pointer_mut(&path).unwrap().clone_from(replacement);
            mutated.push(copy);
        }
        let (parent, name) = path.rsplit_once('/').unwrap();
        let mut copy = json.clone();
        if let Some(members) = copy.pointer_mut(parent).and_then(Value::as_object_mut) {
            members.remove(name);
            mutated.push(copy);
        }
    }
    mutated
}

fn paths(json: &Value, under: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match json {
        Value::Object(members) => members.iter().map(|(name, value)| (format!("{under}/{name}"), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (format!("{under}/{at}"), value)).collect(),
        _ => Vec::new(),
    };
    children
        .into_iter()
        .flat_map(|(path, value)| std::iter::once(path.clone()).chain(paths(value, &path)).collect::<Vec<_>>())
        .collect()
}
