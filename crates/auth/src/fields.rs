//! Reading a JSON body member by member, with Better Auth's words for what is wrong: clients show them to people.

use crate::email::is_address;
use serde_json::Value;

/// A body being read. Every member is looked at before the first complaint is made.
pub struct Fields<'a> {
    body: &'a Value,
    issues: Vec<String>,
}

impl<'a> Fields<'a> {
    /// The members of `body`. What is not an object at all is told so, in the words of each of `expected`.
    pub fn of(body: Option<&'a Value>, expected: &[&str]) -> Result<Self, Vec<String>> {
        match body {
            Some(body @ Value::Object(_)) => Ok(Self { body, issues: Vec::new() }),
            other => Err(expected
                .iter()
                .map(|expected| format!("[body] Invalid input: expected {expected}, received {}", kind(other)))
                .collect()),
        }
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str) -> String {
        let value = self.body.get(name);
        match value {
            Some(Value::String(text)) if text.contains('\0') => {
                // Postgres cannot store it.
                self.issue(name, "Invalid input: NUL characters are not allowed");
                String::new()
            }
            Some(Value::String(text)) => text.clone(),
            other => {
                self.expected(name, "string", other);
                String::new()
            }
        }
    }

    /// A text that must be there and not be empty.
    pub fn filled_text(&mut self, name: &str) -> String {
        let before = self.issues.len();
        let text = self.text(name);
        if text.is_empty() && self.issues.len() == before {
            self.issue(name, "Too small: expected string to have >=1 characters");
        }
        text
    }

    /// An e-mail address that must be there.
    pub fn email(&mut self, name: &str) -> String {
        let before = self.issues.len();
        let text = self.text(name);
        if self.issues.len() == before && !is_address(&text) {
            self.issue(name, "Invalid email address");
        }
        text
    }

    pub fn optional_text(&mut self, name: &str) -> Option<String> {
        self.body.get(name).is_some().then(|| self.text(name))
    }

    pub fn optional_bool(&mut self, name: &str) -> Option<bool> {
        match self.body.get(name) {
            None => None,
            Some(Value::Bool(value)) => Some(*value),
            other => {
                self.expected(name, "boolean", other);
                None
            }
        }
    }

    /// `value`, unless something was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<String>> {
        if self.issues.is_empty() { Ok(value) } else { Err(self.issues) }
    }

    fn expected(&mut self, name: &str, expected: &str, found: Option<&Value>) {
        self.issue(name, &format!("Invalid input: expected {expected}, received {}", kind(found)));
    }

    fn issue(&mut self, name: &str, issue: &str) {
        self.issues.push(format!("[body.{name}] {issue}"));
    }
}

/// JavaScript's name for a kind of value.
const fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}
