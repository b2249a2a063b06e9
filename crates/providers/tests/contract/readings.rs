//! What the fixtures say, and that nothing a vendor might send makes reading panic.

use crate::{
    fixtures::{self, Fixture, pushing, vendor},
    render,
};
use kernel::{Health, SignalKind};
use providers::{Provider, Reading, Streams, VENDORS, Whose};
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

/// Every stream's fixture of a provider with what is told of it, whole.
pub fn told(slug: &str) -> String {
    let provider = vendor(slug);
    let lines = fixtures::streams_of(provider).into_iter().map(|fixture| {
        let signal = fixtures::told(provider, &fixture.json);
        format!("{}:{}\n", fixture.name, signal.as_ref().map_or(" nothing".to_owned(), render::signal))
    });
    lines.collect()
}

/// Who says nothing of the end of a connection, and how it is noticed all the same.
const SILENT: [(&str, &str); 1] =
    [("jira", "An app that a person takes away is told nothing; its next refresh is refused.")];

/// A provider shows one of each: an event that makes a signal or says what has to be fetched, one that ends a connection
/// (unless all that its events say is what has to be fetched), and one it does not know.
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
        let is_plain = !some(|reading| !reading.signals.is_empty());
        needs("an event that makes a signal", !is_plain || some(|reading| !reading.stale.is_empty()));
        needs("an event that names whose it is", some(|reading| reading.whose != Whose::Unnamed));
        needs("an event it does not know", some(|reading| !reading.recognised));
        let ends = |reading: &Reading| reading.lifecycle.iter().any(|change| change.health == Health::Removed);
        let is_silent = SILENT.iter().any(|(slug, _)| *slug == provider.slug);
        needs("an event that ends a connection", is_plain || is_silent || readings.iter().any(ends));
        kinds.extend(readings.iter().flat_map(|reading| &reading.signals).map(|signal| signal.kind.word()));
    }
    for provider in VENDORS.iter() {
        let told = fixtures::streams_of(provider).into_iter().filter_map(|one| fixtures::told(provider, &one.json));
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

/// What a push says to fetch can be fetched, and so can what the fixtures of streams are about.
#[test]
fn every_stream_that_is_named_is_one() {
    for provider in VENDORS.iter() {
        let streams = provider.vendor.streams().map(Streams::streams).unwrap_or_default();
        let is_one = |name: &str| streams.iter().any(|stream| stream.name == name);
        if provider.webhook.is_some() {
            for fixture in fixtures::of(provider) {
                for stale in read(provider, &fixture).stale {
                    assert!(is_one(&stale.stream), "{} has no stream {}", provider.slug, stale.stream);
                }
            }
        }
        for fixture in fixtures::streams_of(provider) {
            let name = fixture.json["stream"].as_str().unwrap();
            assert!(is_one(name), "{}: {} is about no stream", provider.slug, fixture.name);
        }
    }
}

/// The same of records: what is told of a mutated one is a signal or nothing, and the same each time.
#[test]
fn a_mutated_record_never_panics() {
    for provider in VENDORS.iter() {
        for fixture in fixtures::streams_of(provider) {
            for json in mutations(&fixture.json) {
                let first = fixtures::told(provider, &json);
                assert_eq!(first, fixtures::told(provider, &json), "{} tells {json} in two ways", provider.slug);
            }
        }
    }
}

pub fn mutations(json: &Value) -> Vec<Value> {
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
