//! Records in words shared by all vendors.

use crate::{
    fixtures::{self, StreamFixture},
    readings::mutations,
};
use providers::{Provider, Shape, Streams, VENDORS};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn shape(provider: &Provider, stream: &str, record: &Value) -> Option<Shape> {
    provider.vendor.streams().unwrap().shape(stream, record)
}

/// The states of a fixture's record, under their names.
fn states(fixture: &StreamFixture) -> impl Iterator<Item = (&'static str, &Value)> {
    let there = |name: &'static str| Some((name, fixture.json.get(name).filter(|value| !value.is_null())?));
    ["before", "now"].into_iter().filter_map(there)
}

/// Every record of every fixture has a shape, the records of a stream all have the same, and no stream is without a record.
#[test]
fn every_stream_gives_a_shape() {
    let mut missing = Vec::new();
    for provider in VENDORS.iter() {
        let streams = provider.vendor.streams().map(Streams::streams).unwrap_or_default();
        let mut types: BTreeMap<String, BTreeSet<String>> =
            streams.into_iter().map(|stream| (stream.name, BTreeSet::new())).collect();
        for fixture in fixtures::streams_of(provider) {
            let stream = fixture.json["stream"].as_str().unwrap();
            for (state, record) in states(&fixture) {
                match shape(provider, stream, record).map(|shape| serde_json::to_value(shape).unwrap()) {
                    Some(shape) => {
                        let word = shape["type"].as_str().unwrap().to_owned();
                        types.entry(stream.to_owned()).or_default().insert(word);
                    }
                    None => missing.push(format!("{}: {} has no shape {state}.", provider.slug, fixture.name)),
                }
            }
        }
        for (stream, types) in types {
            if types.len() != 1 {
                missing.push(format!("The records of {} {stream} have the shapes {types:?}.", provider.slug));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

/// A mutated record has a shape or none, and the same each time; what is no record of the stream has none.
#[test]
fn a_mutated_record_has_one_shape_or_none() {
    for provider in VENDORS.iter() {
        for fixture in fixtures::streams_of(provider) {
            let stream = fixture.json["stream"].as_str().unwrap();
            for (_, record) in states(&fixture) {
                for json in mutations(record) {
                    let first = shape(provider, stream, &json);
                    assert_eq!(first, shape(provider, stream, &json), "{} reads {json} in two ways", provider.slug);
                    assert!(first.is_none() || json.is_object(), "{} finds a shape in {json}", provider.slug);
                }
                assert_eq!(shape(provider, "another", record), None, "{} knows no such stream", provider.slug);
            }
        }
    }
}
