//! Reading a JSON body or a query member by member, with Better Auth's words for what is wrong: clients show them to people.

use crate::email::is_address;
use serde_json::{Map, Value};

/// What may stand in one member of a body: a name, a URL, a list of scopes. More is a mistake, or an attempt to fill tables.
const MAX_TEXT: usize = 8 * 1024;

/// A body being read. Every member is looked at before the first complaint is made.
pub struct Fields<'a> {
    body: &'a Value,
    /// What issues call it: `body` or `query`.
    place: &'static str,
    issues: Vec<String>,
}

/// A member that may say that there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nullable {
    Null,
    Text(String),
}

impl Nullable {
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text),
        }
    }
}

/// A query as [`Fields`] read it. Of a parameter that is there twice the last one counts.
pub fn query(query: Option<&str>) -> Value {
    let pairs = url::form_urlencoded::parse(query.unwrap_or("").as_bytes());
    Value::Object(
        pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect::<Map<_, _>>(),
    )
}

impl<'a> Fields<'a> {
    /// The parameters of a query, as [`query`] made them.
    pub const fn of_query(query: &'a Value) -> Self {
        Self { body: query, place: "query", issues: Vec::new() }
    }

    /// The members of `body`. What is not an object at all is told so, in the words of each of `expected`.
    pub fn of(body: Option<&'a Value>, expected: &[&str]) -> Result<Self, Vec<String>> {
        match body {
            Some(body @ Value::Object(_)) => Ok(Self { body, place: "body", issues: Vec::new() }),
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
            Some(Value::String(text)) if text.len() > MAX_TEXT => {
                self.issue(name, &format!("Too big: expected string to have <={MAX_TEXT} characters"));
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

    /// A text or `null`, or nothing at all.
    pub fn optional_nullable_text(&mut self, name: &str) -> Option<Nullable> {
        match self.body.get(name) {
            None => None,
            Some(Value::Null) => Some(Nullable::Null),
            Some(_) => Some(Nullable::Text(self.text(name))),
        }
    }

    pub fn optional_texts(&mut self, name: &str) -> Option<Vec<String>> {
        match self.body.get(name) {
            None => None,
            Some(Value::Array(items)) => {
                let mut texts = Vec::with_capacity(items.len().min(64));
                for (index, item) in items.iter().enumerate() {
                    match item {
                        Value::String(text) if !text.contains('\0') && text.len() <= MAX_TEXT => {
                            texts.push(text.clone());
                        }
                        other => self.expected(&format!("{name}.{index}"), "string", Some(other)),
                    }
                }
                Some(texts)
            }
            other => {
                self.expected(name, "array", other);
                None
            }
        }
    }

    /// A member that is an object, or is not there.
    pub fn optional_object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        match self.body.get(name) {
            None => None,
            Some(Value::Object(object)) => Some(object),
            other => {
                self.expected(name, "object", other);
                None
            }
        }
    }

    /// Complains in words of the caller's own.
    pub fn complain(&mut self, name: &str, issue: &str) {
        self.issue(name, issue);
    }

    /// `value`, unless something was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<String>> {
        if self.issues.is_empty() { Ok(value) } else { Err(self.issues) }
    }

    fn expected(&mut self, name: &str, expected: &str, found: Option<&Value>) {
        self.issue(name, &format!("Invalid input: expected {expected}, received {}", kind(found)));
    }

    fn issue(&mut self, name: &str, issue: &str) {
        self.issues.push(format!("[{}.{name}] {issue}", self.place));
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
