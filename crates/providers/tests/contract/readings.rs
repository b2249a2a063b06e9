//! What the fixtures say, and that nothing a vendor might send makes reading panic.

use crate::{
    fixtures::{self, Fixture, pushing, vendor},
    render,
};
use kernel::{Health, SignalKind};
use providers::{Provider, Reading, VENDORS, Whose};
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

/// What is told of every fixture of a provider's streams, whole.
pub fn told(slug: &str) -> String {
    let provider = vendor(slug);
    let lines = fixtures::of_streams(provider).into_iter().map(|fixture| {
        let told = fixture.told(provider).as_ref().map_or_else(|| " nothing".to_owned(), render::signal);
        format!("{}:{told}\n", fixture.name)
    });
    lines.collect()
}

/// Who says nothing of the end of a connection, and how it is noticed all the same.
const SILENT: [(&str, &str); 1] =
    [("jira", "An app that a person takes away is told nothing; its next refresh is refused.")];

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
        let is_silent = SILENT.iter().any(|(slug, _)| *slug == provider.slug);
        needs("an event that ends a connection", is_silent || readings.iter().any(ends));
        kinds.extend(readings.iter().flat_map(|reading| &reading.signals).map(|signal| signal.kind.word()));
    }
    // What only a poll finds out is shown by the streams' fixtures.
    for provider in VENDORS.iter().filter(|provider| provider.vendor.streams().is_some()) {
        let told = fixtures::of_streams(provider).into_iter().filter_map(|fixture| fixture.told(provider));
        kinds.extend(told.map(|signal| signal.kind.word()));
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

/// The same of what is told of records, where whatever is missing is only left out.
#[test]
fn a_mutated_record_never_panics() {
    for provider in VENDORS.iter().filter(|provider| provider.vendor.streams().is_some()) {
        for fixture in fixtures::of_streams(provider) {
            for (state, other) in [("now", "before"), ("before", "now")] {
                let Some(json) = fixture.json.get(state) else { continue };
                for mutated in mutations(json) {
                    let mut copy = fixture.json.clone();
                    copy[state] = mutated;
                    let told = |json: &Value| fixture.with(json.clone()).told(provider);
                    assert_eq!(told(&copy), told(&copy), "{} tells {copy} in two ways", provider.slug);
                    copy.as_object_mut().unwrap().remove(other);
                    let signal = told(&copy).into_iter().map(|signal| signal.subject);
                    let texts = signal.flat_map(|subject| [subject.number, subject.title, subject.url]);
                    assert!(!texts.flatten().any(|text| text.contains('\0')), "{} tells a NUL", provider.slug);
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
