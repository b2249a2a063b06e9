//! The arguments of a call, read against the tool's own schema. A model reads what is wrong with them, and calls again.

use super::USUAL_ROWS;
use agent::Tool;
use edge::Problem;
use kernel::ConnectionId;
use serde_json::{Map, Value};

/// Of a text, in bytes: as much as a vendor's address may have.
const LONGEST_TEXT: usize = 8 * 1024;

/// Why nothing was done, in words that say what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem.told())
    }
}

impl From<crate::problem::Failure> for Refused {
    fn from(failure: crate::problem::Failure) -> Self {
        Problem::from(failure).into()
    }
}

/// Arguments that a tool has, each of its kind. One that is null is absent.
#[derive(Debug)]
pub struct Arguments(Map<String, Value>);

impl Arguments {
    pub fn of(tool: &Tool, mut given: Map<String, Value>) -> Result<Self, Refused> {
        given.retain(|_, value| !value.is_null());
        let none = Map::new();
        let properties = tool.input_schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        if given.keys().any(|name| !properties.contains_key(name)) {
            let names = properties.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(Refused(format!("An argument is unknown. {} takes: {names}.", tool.name)));
        }
        let needed = tool.input_schema.get("required").and_then(Value::as_array).into_iter().flatten();
        if let Some(missing) = needed.filter_map(Value::as_str).find(|name| !given.contains_key(*name)) {
            return Err(Refused(format!("{missing}: is required.")));
        }
        for (name, value) in &given {
            if let Some(wrong) = properties.get(name).and_then(|property| wrong(property, value)) {
                return Err(Refused(format!("{name}: {wrong}.")));
            }
        }
        Ok(Self(given))
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text; a schema that says otherwise has none.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A text, a number or a yes or no, as a query string says it.
    pub fn word(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// One that the schema needs.
    pub fn needed(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// The connection that the tool is about.
    pub fn connection(&self) -> Result<ConnectionId, Refused> {
        self.needed("connection_id").parse().map_err(|_| Refused("connection_id: must be a UUID.".to_owned()))
    }

    /// How many rows.
    pub fn rows(&self) -> Option<String> {
        self.word("limit").or_else(|| Some(USUAL_ROWS.to_string()))
    }
}

/// What a value has to be, where it is not.
fn wrong(property: &Value, value: &Value) -> Option<String> {
    if let Some(words) = property.get("enum").and_then(Value::as_array) {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        let is_one = value.as_str().is_some_and(|text| words.contains(&text));
        return (!is_one).then(|| format!("must be one of {}", words.join(", ")));
    }
    let bound = |name: &str| property.get(name).and_then(Value::as_u64);
    let fits = match property.get("type").and_then(Value::as_str) {
        Some("string") => {
            let Some(text) = value.as_str() else { return Some("must be a text".to_owned()) };
            if text.len() > LONGEST_TEXT || text.chars().any(char::is_control) {
                return Some(format!("must be one line of at most {LONGEST_TEXT} bytes"));
            }
            true
        }
        Some("integer") => {
            let (least, most) = (bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(u64::MAX));
            if !value.as_u64().is_some_and(|number| (least..=most).contains(&number)) {
                return Some(format!("must be a whole number from {least} to {most}"));
            }
            true
        }
        Some("boolean") => value.is_boolean(),
        Some("object") => value.is_object(),
        _ => true,
    };
    (!fits).then(|| format!("must be of the type {}", property["type"].as_str().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::{super::definition, *};
    use serde_json::json;

    fn told(arguments: &Value) -> String {
        let properties = json!({
            "id": {"type": "string"}, "state": {"type": "string", "enum": ["open", "closed"]},
            "limit": {"type": "integer", "minimum": 1, "maximum": 50}, "all": {"type": "boolean"}, "body": {},
            "query": {"type": "object"},
        });
        let tool = definition("find", "Find", "Finds.", (properties, &["id"]));
        Arguments::of(&tool, arguments.as_object().unwrap().clone()).err().map(|Refused(why)| why).unwrap_or_default()
    }

    /// Each fault is said in a sentence that names the argument and what it has to be, and does not repeat what it was.
    #[test]
    fn a_wrong_argument_is_told_in_words() {
        let fine = json!({"id": "1", "state": "open", "limit": 50, "all": false, "body": [1], "query": {"a": 1}});
        assert_eq!(told(&fine), "");
        assert_eq!(told(&json!({"id": "1", "state": null, "limit": null})), "");
        for (arguments, why) in [
            (json!({}), "id: is required."),
            (json!({"id": null}), "id: is required."),
            (json!({"id": 1}), "id: must be a text."),
            (json!({"id": "a\nb"}), "id: must be one line of at most 8192 bytes."),
            (json!({"id": "x".repeat(LONGEST_TEXT + 1)}), "id: must be one line of at most 8192 bytes."),
            (json!({"id": "1", "state": "Open"}), "state: must be one of open, closed."),
            (json!({"id": "1", "limit": 51}), "limit: must be a whole number from 1 to 50."),
            (json!({"id": "1", "limit": "5"}), "limit: must be a whole number from 1 to 50."),
            (json!({"id": "1", "limit": 1.5}), "limit: must be a whole number from 1 to 50."),
            (json!({"id": "1", "all": "yes"}), "all: must be of the type boolean."),
            (json!({"id": "1", "query": "a=1"}), "query: must be of the type object."),
            (json!({"id": "1", "ID": "2"}), "An argument is unknown. find takes: all, body, id, limit, query, state."),
        ] {
            assert_eq!(told(&arguments), why);
        }
    }
}
