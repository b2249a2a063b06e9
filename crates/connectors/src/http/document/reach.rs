//! Which members of an answer are always there.
//!
//! What is absent and what is null are two things. In answers everything is there, null where there is nothing, but for a few
//! members that are absent and never null. In requests what is not said is left out.

use super::{each_operation, requests::strip};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Members of answers that may be absent.
const MAY_BE_ABSENT: [(&str, &str); 8] = [
    ("HealthAnswer", "database"),
    ("HealthAnswer", "process"),
    ("HealthAnswer", "redis"),
    ("HealthAnswer", "vault"),
    ("Problem", "errors"),
    ("Problem", "reason"),
    ("RecordView", "data"),
    ("SignalView", "payload"),
];

/// Marks as required what answers always have.
pub fn require(document: &mut Value) {
    let (mut asked, mut answered) = (BTreeSet::new(), BTreeSet::from(["Problem".to_owned()]));
    each_operation(document, |_, _, operation| {
        names(operation.get("requestBody"), &mut asked);
        names(operation.get("responses"), &mut answered);
    });
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    reach(schemas, &mut asked);
    reach(schemas, &mut answered);
    for name in answered.difference(&asked) {
        if let Some(schema) = schemas.get_mut(name) {
            all_of(name, schema);
        }
    }
    for name in asked.difference(&answered) {
        let members = schemas.get_mut(name).and_then(|schema| schema.get_mut("properties"));
        members.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut).for_each(strip);
    }
}

fn all_of(name: &str, schema: &mut Value) {
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        all_of(name, part);
    }
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let may_be_absent = |property: &str| MAY_BE_ABSENT.contains(&(name, property));
    properties.iter_mut().filter(|(property, _)| may_be_absent(property)).for_each(|(_, schema)| strip(schema));
    let always: Vec<String> = properties.keys().filter(|property| !may_be_absent(property)).cloned().collect();
    schema["required"] = always.into();
}

/// Adds what the schemas of a set refer to.
fn reach(schemas: &Map<String, Value>, reached: &mut BTreeSet<String>) {
    let mut before = 0;
    while before < reached.len() {
        before = reached.len();
        for name in reached.clone() {
            names(schemas.get(&name), reached);
        }
    }
}

fn names(value: Option<&Value>, found: &mut BTreeSet<String>) {
    match value {
        Some(Value::Object(members)) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            found.extend(reference.and_then(|it| it.strip_prefix("#/components/schemas/")).map(ToOwned::to_owned));
            members.values().for_each(|member| names(Some(member), found));
        }
        Some(Value::Array(items)) => items.iter().for_each(|item| names(Some(item), found)),
        _ => {}
    }
}
