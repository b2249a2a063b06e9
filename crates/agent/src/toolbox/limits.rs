//! What arguments may be.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What one argument has to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Exactly this.
    Equals(Value),
    /// One of these.
    OneOf(Vec<Value>),
    /// A text that begins so.
    Prefix(String),
    /// Not said at all.
    Absent,
}

/// An argument that is not what it has to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The person who owns this tool allows a call only where the argument {pointer} {rule}.")]
pub struct Violation {
    pub pointer: String,
    pub rule: String,
}

impl Limit {
    /// An argument that is not said keeps [`Limit::Absent`] only.
    fn holds(&self, argument: Option<&Value>) -> bool {
        match self {
            Self::Equals(value) => argument == Some(value),
            Self::OneOf(values) => argument.is_some_and(|argument| values.contains(argument)),
            Self::Prefix(prefix) => argument.and_then(Value::as_str).is_some_and(|text| text.starts_with(prefix)),
            Self::Absent => argument.is_none(),
        }
    }

    fn rule(&self) -> String {
        match self {
            Self::Equals(value) => format!("is {value}"),
            Self::OneOf(values) => {
                format!("is one of {}", values.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))
            }
            Self::Prefix(prefix) => format!("begins with {prefix:?}"),
            Self::Absent => "is absent".to_owned(),
        }
    }
}

/// The first limit that does not hold.
pub(super) fn violation(limits: &BTreeMap<String, Limit>, arguments: &Map<String, Value>) -> Option<Violation> {
    let arguments = Value::Object(arguments.clone());
    let (pointer, limit) = limits.iter().find(|(pointer, limit)| !limit.holds(arguments.pointer(pointer)))?;
    Some(Violation { pointer: pointer.clone(), rule: limit.rule() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn first(limits: &Value, arguments: &Value) -> Option<String> {
        let limits = serde_json::from_value(limits.clone()).unwrap();
        violation(&limits, arguments.as_object().unwrap()).map(|violation| violation.pointer)
    }

    /// Each kind of limit, kept and broken; an argument that is left out breaks all but one.
    #[test]
    fn arguments_are_held_against_their_limits() {
        let limits = json!({
            "/team": {"equals": "ENG"}, "/method": {"one_of": ["GET", "HEAD"]}, "/path": {"prefix": "repos/"},
            "/force": "absent", "/filter/state": {"equals": null},
        });
        let good = json!({"team": "ENG", "method": "GET", "path": "repos/a", "filter": {"state": null}, "more": 1});
        assert_eq!(first(&limits, &good), None);
        for (name, bad) in [
            ("/team", json!({"team": "OPS"})),
            ("/method", json!({"method": "DELETE"})),
            ("/path", json!({"path": ["repos/"]})),
            ("/force", json!({"force": null})),
            ("/filter/state", json!({"filter": {}})),
        ] {
            let mut arguments = good.as_object().unwrap().clone();
            arguments.extend(bad.as_object().unwrap().clone());
            assert_eq!(first(&limits, &Value::Object(arguments)).as_deref(), Some(name));
        }
        for name in ["team", "method", "path"] {
            let mut arguments = good.as_object().unwrap().clone();
            arguments.remove(name);
            assert_eq!(first(&limits, &Value::Object(arguments)), Some(format!("/{name}")));
        }
    }
}
