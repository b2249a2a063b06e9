//! Whether arguments are as a schema wants them: types, what has to be there, what may not, enumerations and bounds. Other
//! words of JSON Schema are not heard.

use serde_json::Value;

/// Deeper than any schema here.
const DEEPEST: usize = 16;

/// The first thing that is wrong, in a sentence.
pub(super) fn fault(schema: &Value, value: &Value) -> Option<String> {
    check(schema, value, "arguments", 0)
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn check(schema: &Value, value: &Value, place: &str, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(kind) = schema["type"].as_str().filter(|kind| !is_of(kind, value)) {
        return Some(format!("Invalid arguments: {place} must be of the type {kind}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Some(format!("Invalid arguments: {place} must be one of {}", schema["enum"]));
    }
    let against = |bound: &str, is_beyond: fn(f64, f64) -> bool| {
        schema[bound].as_f64().zip(value.as_f64()).is_some_and(|(bound, number)| is_beyond(number, bound))
    };
    if against("minimum", |number, bound| number < bound) || against("maximum", |number, bound| number > bound) {
        return Some(format!("Invalid arguments: {place} is out of bounds"));
    }
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| check(&schema["items"], item, &format!("{place}.{at}"), depth + 1)),
        Value::Object(members) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let missing = required.into_iter().find(|name| !members.contains_key(*name));
            if let Some(name) = missing {
                return Some(format!("Invalid arguments: {place}.{name} is needed"));
            }
            let is_closed = schema["additionalProperties"] == false;
            members.iter().find_map(|(name, member)| match schema["properties"].get(name) {
                Some(inner) => check(inner, member, &format!("{place}.{name}"), depth + 1),
                None if is_closed => Some(format!("Invalid arguments: {place}.{name} is not known")),
                None => None,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Each thing that can be wrong is found, and what is right passes.
    #[test]
    fn arguments_are_held_against_the_schema() {
        let schema = json!({
            "type": "object", "required": ["n"], "additionalProperties": false,
            "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 9}, "s": {"enum": ["a"]},
                           "l": {"type": "array", "items": {"type": "string"}}},
        });
        assert_eq!(fault(&schema, &json!({"n": 1, "s": "a", "l": ["x"]})), None);
        for (wrong, what) in [
            (json!({}), "n is needed"),
            (json!({"n": "1"}), "type integer"),
            (json!({"n": 10}), "out of bounds"),
            (json!({"n": 1, "s": "b"}), "one of"),
            (json!({"n": 1, "l": ["x", 2]}), "l.1 must be"),
            (json!({"n": 1, "x": 2}), "not known"),
        ] {
            assert!(fault(&schema, &wrong).is_some_and(|why| why.contains(what)), "{wrong}");
        }
    }
}
