//! Examples of what is sent and answered, of one deployment and one day.

use super::{each_operation, name};
use serde_json::{Map, Value};

/// By operation: `request`, and the answers by status. By name: parameters, of one operation before those of all.
const EXAMPLES: &str = include_str!("examples.json");

/// Puts them where they belong.
pub fn add(document: &mut Value) {
    let examples: Value = serde_json::from_str(EXAMPLES).unwrap_or_default();
    each_operation(document, |_, _, operation| {
        let own = &examples["operations"][name(operation)];
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(name) = parameter["name"].as_str() else { continue };
            let example = own["parameters"].get(name).or_else(|| examples["parameters"].get(name));
            if let Some(example) = example.filter(|_| parameter["example"].is_null()).cloned() {
                parameter["example"] = example;
            }
        }
        for (place, example) in own.as_object().into_iter().flatten() {
            let content = match place.as_str() {
                "request" => operation.get_mut("requestBody"),
                status => operation.get_mut("responses").and_then(|all| all.get_mut(status)),
            };
            let json = content.and_then(|content| content.pointer_mut("/content/application~1json")?.as_object_mut());
            set(json, example.clone());
        }
    });
}

fn set(content: Option<&mut Map<String, Value>>, example: Value) {
    if let Some(content) = content {
        content.insert("example".to_owned(), example);
    }
}
