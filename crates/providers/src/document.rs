//! A delivery's JSON, asked by path. What a path does not lead to is a [`ReadError`] that names it, never a panic: vendors
//! change their payloads without notice.

use crate::{ReadError, Verified};
use chrono::{DateTime, Utc};
use std::borrow::Cow;

/// JSON that borrows its texts from the body: a vendor's delivery has hundreds, of which a reader asks for ten.
pub(crate) use serde_json_borrow::Value;

/// A first line becomes a title; beyond this many characters it is a text.
const LONGEST_TITLE: usize = 200;

pub(crate) struct Document<'a> {
    event: &'a str,
    json: Value<'a>,
}

impl<'a> Document<'a> {
    pub(crate) fn parse(delivery: &'a Verified) -> Result<Self, ReadError> {
        let event = &delivery.headers().event;
        match serde_json::from_slice(delivery.json()) {
            Ok(json) => {
                delivery.has_been_parsed();
                Ok(Self { event, json })
            }
            Err(_) => Err(ReadError { event: event.clone(), missing: "/" }),
        }
    }

    /// What a delivery says as a form.
    pub(crate) fn of_form(delivery: &'a Verified) -> Self {
        let fields = delivery.fields().iter().map(|(name, text)| (name.as_str(), Value::Str(text.into())));
        Self { event: &delivery.headers().event, json: Value::Object(fields.collect()) }
    }

    pub(crate) fn is_object(&self) -> bool {
        self.json.is_object()
    }

    pub(crate) fn lacks(&self, path: &'static str) -> ReadError {
        ReadError { event: self.event.to_owned(), missing: path }
    }

    /// The value at a JSON pointer (RFC 6901), unless it is null.
    pub(crate) fn find(&self, path: &str) -> Option<&Value<'a>> {
        let mut names = path.split('/');
        // Before the first slash there is nothing.
        let mut found = names.next()?.is_empty().then_some(&self.json)?;
        for name in names {
            found = member(found, &unescaped(name))?;
        }
        Some(found).filter(|value| !value.is_null())
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    pub(crate) fn is_true(&self, path: &str) -> bool {
        self.find(path).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A word to decide by.
    pub(crate) fn word(&self, path: &str) -> Option<&str> {
        self.find(path).and_then(Value::as_str)
    }

    pub(crate) fn text(&self, path: &'static str) -> Result<String, ReadError> {
        self.optional_text(path).ok_or_else(|| self.lacks(path))
    }

    /// Text that says something. Postgres stores no NUL in texts, so none comes out of here.
    pub(crate) fn optional_text(&self, path: &str) -> Option<String> {
        let text = self.word(path)?.replace('\0', "");
        (!text.is_empty()).then_some(text)
    }

    /// The first line of a text that says something, shortened to a title.
    pub(crate) fn first_line(&self, path: &str) -> Option<String> {
        let text = self.optional_text(path)?;
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        Some(line.chars().take(LONGEST_TITLE).collect())
    }

    pub(crate) fn id(&self, path: &'static str) -> Result<String, ReadError> {
        self.optional_id(path).ok_or_else(|| self.lacks(path))
    }

    /// An id, as text whether the vendor writes it as text or as an integer.
    pub(crate) fn optional_id(&self, path: &str) -> Option<String> {
        match self.find(path)? {
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            _ => self.optional_text(path),
        }
    }

    /// The first of these instants that is there, as RFC 3339 or in seconds since the epoch. The error names the first.
    pub(crate) fn time<const N: usize>(&self, paths: [&'static str; N]) -> Result<DateTime<Utc>, ReadError> {
        let first = paths.iter().find_map(|path| instant(self.find(path)?));
        first.ok_or_else(|| self.lacks(paths.first().copied().unwrap_or("/")))
    }

    /// The names of an object's members, sorted, so that no feature of the JSON parser decides their order.
    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .find(path)
            .and_then(Value::iter_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort();
        names
    }
}

/// The last of this name, as `peek` has it; of an array the one at this place.
fn member<'v, 'a>(value: &'v Value<'a>, name: &str) -> Option<&'v Value<'a>> {
    match value {
        Value::Object(members) => members.iter().filter(|(known, _)| *known == name).last().map(|(_, value)| value),
        Value::Array(items) => items.get(name.parse::<usize>().ok().filter(|place| place.to_string() == name)?),
        _ => None,
    }
}

fn unescaped(name: &str) -> Cow<'_, str> {
    if name.contains('~') { Cow::Owned(name.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(name) }
}

fn instant(value: &Value<'_>) -> Option<DateTime<Utc>> {
    match value {
        Value::Str(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        Value::Number(seconds) => DateTime::from_timestamp(seconds.as_i64()?, 0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventHeaders;
    use serde_json::json;

    fn delivery(json: &serde_json::Value) -> Verified {
        Verified::recall(EventHeaders::new("e", "d"), json.to_string().into())
    }

    /// One vendor writes the same instant as a number here and as text with an offset there.
    #[test]
    fn an_instant_is_read_from_both_forms() {
        let delivery =
            delivery(&json!({"a": 1_557_933_657, "b": "2019-05-15T11:20:57.000-04:00", "c": "soon", "d": -0.5}));
        let found = Document::parse(&delivery).unwrap();
        let expected = DateTime::from_timestamp(1_557_933_657, 0).unwrap();
        assert_eq!(found.time(["/a"]), Ok(expected));
        assert_eq!(found.time(["/c", "/d", "/b"]), Ok(expected));
        assert_eq!(found.time(["/c", "/d"]), Err(ReadError { event: "e".into(), missing: "/c" }));
    }

    /// Ids are text to us, whatever they are to the vendor; a fraction or an object is none.
    #[test]
    fn an_id_may_be_an_integer() {
        let delivery = delivery(&json!({"a": 18_446_744_073_709_551_615_u64, "b": "x", "c": 1.5, "d": {}, "e": ""}));
        let found = Document::parse(&delivery).unwrap();
        assert_eq!(found.id("/a").as_deref(), Ok("18446744073709551615"));
        assert_eq!(found.id("/b").as_deref(), Ok("x"));
        for path in ["/c", "/d", "/e", "/f"] {
            assert!(found.optional_id(path).is_none(), "{path}");
        }
    }

    /// NUL cannot be stored, and a body of a megabyte is no title.
    #[test]
    fn texts_fit_their_column() {
        let delivery = delivery(&json!({"a": "x\u{0}y", "b": format!("\n \n {}\nsecond", "é".repeat(1000))}));
        let found = Document::parse(&delivery).unwrap();
        assert_eq!(found.text("/a").as_deref(), Ok("xy"));
        assert_eq!(found.first_line("/b"), Some("é".repeat(LONGEST_TITLE)));
    }
}
