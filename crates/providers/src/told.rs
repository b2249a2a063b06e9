//! What signals and shapes are made of, read out of a fetched record; and cursors, read back. What is not there, or is not what it should
//! be, is nothing: a record is told as far as it can be read.

use crate::{CallError, StreamError, shapes::Named};
use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeSet;

/// A title is a line; beyond this many characters it is a text.
const LONGEST_TITLE: usize = 200;

/// A text at a JSON pointer that says something, or a number as text. Postgres stores no NUL in texts, so none comes out of here.
pub(crate) fn text(json: &Value, path: &str) -> Option<String> {
    let text = match json.pointer(path)? {
        Value::String(text) => text.replace('\0', ""),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The same, cut to a title.
pub(crate) fn title(json: &Value, path: &str) -> Option<String> {
    let text = text(json, path)?;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(LONGEST_TITLE).collect())
}

/// An instant in RFC 3339. Calendars that were imported name years before the epoch for what they do not know.
pub(crate) fn time(json: &Value, path: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(json.pointer(path)?.as_str()?).ok()?.to_utc();
    (time > DateTime::UNIX_EPOCH).then_some(time)
}

/// A name as the vendor has it, which may be empty.
pub(crate) fn name(json: &Value, path: &str) -> Option<String> {
    Some(json.pointer(path)?.as_str()?.replace('\0', ""))
}

/// Somebody or something that a record names: by the first of these ids that is there. Nothing where neither id nor name is.
pub(crate) fn named(json: &Value, ids: &[&str], name: &str) -> Option<Named> {
    let named = Named { id: ids.iter().find_map(|path| text(json, path)), name: title(json, name) };
    (named.id.is_some() || named.name.is_some()).then_some(named)
}

/// The same of each entry of a list.
pub(crate) fn all_named(json: &Value, list: &str, ids: &[&str], name: &str) -> Vec<Named> {
    entries(json, list).iter().filter_map(|entry| named(entry, ids, name)).collect()
}

/// A count; some vendors write the longer ones as texts.
pub(crate) fn count(json: &Value, path: &str) -> Option<u64> {
    let value = json.pointer(path)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A switch, where the vendor says how it stands.
pub(crate) fn switch(json: &Value, path: &str) -> Option<bool> {
    json.pointer(path)?.as_bool()
}

/// Whether a member is there and true.
pub(crate) fn is_true(json: &Value, path: &str) -> bool {
    switch(json, path).unwrap_or_default()
}

/// The texts of a list.
pub(crate) fn words<'a>(json: &'a Value, path: &str) -> Vec<&'a str> {
    json.pointer(path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The entries of a list.
pub(crate) fn entries<'a>(json: &'a Value, path: &str) -> &'a [Value] {
    json.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The names of the members that are not the same any more, sorted, without those that say nothing.
pub(crate) fn changes(before: &Value, now: &Value, noise: &[&str]) -> Vec<String> {
    let names = |json: &Value| -> BTreeSet<String> {
        json.as_object().into_iter().flat_map(|members| members.keys().cloned()).collect()
    };
    let all = &names(before) | &names(now);
    all.into_iter().filter(|name| !noise.contains(&name.as_str()) && before.get(name) != now.get(name)).collect()
}

/// A cursor of ours. One that cannot be read is of another version of this program: it leads nowhere.
pub(crate) fn cursor<T: DeserializeOwned>(cursor: Option<&Value>) -> Result<Option<T>, StreamError> {
    let read = |cursor: &Value| T::deserialize(cursor).map_err(|_| StreamError::CursorExpired);
    cursor.filter(|cursor| !cursor.is_null()).map(read).transpose()
}

/// The cursor as it is kept.
pub(crate) fn kept<T: Serialize>(cursor: &T) -> Result<Value, StreamError> {
    Ok(serde_json::to_value(cursor).map_err(|_| CallError::Unreadable)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What appears, what goes and what differs is a change; what moves by itself is none.
    #[test]
    fn changes_are_named_once() {
        let (before, now) = (json!({"a": 1, "b": 1, "c": [1], "e": 1}), json!({"a": 1, "c": [2], "d": null, "e": 2}));
        // A member that says null says what one says that is not there, but it has appeared.
        assert_eq!(changes(&before, &now, &["e"]), ["b", "c", "d"]);
        assert!(changes(&before, &before, &[]).is_empty());
        assert!(changes(&json!(null), &json!([]), &[]).is_empty());
    }

    /// Neither a NUL nor a page of text reaches a column, and no event is from the time before computers.
    #[test]
    fn what_does_not_fit_is_cut_or_nothing() {
        let json = json!({"a": "x\u{0}y", "b": format!("\n {}\nz", "é".repeat(300)), "c": 7, "d": 1.5, "e": "",
            "t": "2026-01-02T03:04:05+01:00", "u": "0000-12-29T00:00:00.000Z"});
        assert_eq!(text(&json, "/a").as_deref(), Some("xy"));
        assert_eq!(title(&json, "/b"), Some("é".repeat(LONGEST_TITLE)));
        assert_eq!(text(&json, "/c").as_deref(), Some("7"));
        for path in ["/d", "/e", "/f"] {
            assert_eq!(text(&json, path), None, "{path}");
        }
        assert_eq!(time(&json, "/t").unwrap().timestamp(), 1_767_319_445);
        assert_eq!(time(&json, "/u"), None);
    }

    /// Somebody is named by what there is of them; a count may be a text, and a switch says nothing unless it stands somewhere.
    #[test]
    fn what_is_said_is_read_and_nothing_else() {
        let json = json!({"a": {"id": 7, "name": "Ann\nOde"}, "b": {"email": "bo@x"}, "c": {}, "n": "12", "m": 3, "k": "-1",
            "on": true, "off": false, "none": null, "empty": ""});
        let named = |path: &str| {
            let named = named(json.pointer(path).unwrap(), &["/email", "/id"], "/name")?;
            Some((named.id.unwrap_or_default(), named.name.unwrap_or_default()))
        };
        let pair = |id: &str, name: &str| Some((id.to_owned(), name.to_owned()));
        assert_eq!((named("/a"), named("/b"), named("/c")), (pair("7", "Ann"), pair("bo@x", ""), None));
        assert_eq!(
            ["/n", "/m", "/k", "/on", "/x"].map(|path| count(&json, path)),
            [Some(12), Some(3), None, None, None]
        );
        assert_eq!(
            ["/on", "/off", "/none", "/x"].map(|path| switch(&json, path)),
            [Some(true), Some(false), None, None]
        );
        assert_eq!((name(&json, "/empty").as_deref(), name(&json, "/none")), (Some(""), None));
    }

    /// A cursor that nobody understands any more starts the stream anew, and none is the beginning.
    #[test]
    fn a_cursor_of_another_shape_has_expired() {
        assert!(matches!(cursor::<String>(None), Ok(None)));
        assert!(matches!(cursor::<String>(Some(&json!(null))), Ok(None)));
        assert!(matches!(cursor::<String>(Some(&json!("x"))), Ok(Some(text)) if text == "x"));
        assert!(matches!(cursor::<String>(Some(&json!(7))), Err(StreamError::CursorExpired)));
    }
}
