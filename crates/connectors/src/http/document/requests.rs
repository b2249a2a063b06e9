//! Requests as HTTP has them.

use serde_json::{Map, Value};

/// A parameter or a body is there or not; null is neither.
pub fn without_null(operation: &mut Map<String, Value>) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        parameter.get_mut("schema").into_iter().for_each(strip);
    }
    let body = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"));
    for content in body.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        content.get_mut("schema").into_iter().for_each(strip);
    }
}

/// The schema without null.
pub fn strip(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").filter(|types| types.is_array()) {
        let other = types.as_array().into_iter().flatten().find(|one| *one != "null").cloned();
        *types = other.unwrap_or_default();
    }
    let choices = schema.get("oneOf").and_then(Value::as_array);
    let mut others = choices.into_iter().flatten().filter(|choice| choice["type"] != "null");
    if let (Some(mut only), None) = (others.next().cloned(), others.next()) {
        if let Some(about) = schema.get("description") {
            only["description"] = about.clone();
        }
        *schema = only;
    }
}
