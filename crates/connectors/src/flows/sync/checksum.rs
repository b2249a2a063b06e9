//! What tells two states of a record apart: SHA-256 over its canonical JSON, without what changes by itself.

use kernel::sha256;
use serde_json::Value;

/// `volatile`: JSON pointers of what is left out.
pub(super) fn checksum(record: &Value, volatile: &[String]) -> [u8; 32] {
    let mut text = String::new();
    if volatile.iter().any(|path| record.pointer(path).is_some()) {
        let mut stable = record.clone();
        for path in volatile {
            remove(&mut stable, path);
        }
        write(&stable, &mut text);
    } else {
        write(record, &mut text);
    }
    sha256(text)
}

fn remove(record: &mut Value, path: &str) {
    let Some((parent, name)) = path.rsplit_once('/') else { return };
    if let Some(Value::Object(members)) = record.pointer_mut(parent) {
        members.remove(&name.replace("~1", "/").replace("~0", "~"));
    }
}

/// Members in the order of their names, nothing between them: an order that a vendor changes is no change.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (number, (name, value)) in members.into_iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(text: &str, volatile: &[&str]) -> [u8; 32] {
        let volatile: Vec<String> = volatile.iter().map(|path| (*path).to_owned()).collect();
        checksum(&serde_json::from_str(text).unwrap(), &volatile)
    }

    /// Order and blanks are no change; every value is, and so is what stands in quotes.
    #[test]
    fn what_is_the_same_has_the_same_checksum() {
        let one = of(r#"{"a": 1, "b": {"c": [1, {"y": 2, "x": null}], "d": "é\n"}}"#, &[]);
        assert_eq!(one, of(r#"{"b":{"d":"\u00e9\n","c":[1,{"x":null,"y":2}]},"a":1}"#, &[]));
        for other in [
            r#"{"a": 1, "b": {"c": [{"y": 2, "x": null}, 1], "d": "é\n"}}"#,
            r#"{"a": "1", "b": {"c": [1, {"y": 2, "x": null}], "d": "é\n"}}"#,
            r#"{"a": 1, "b": {"c": [1, {"y": 2}], "d": "é\n"}}"#,
        ] {
            assert_ne!(one, of(other, &[]), "{other}");
        }
        assert_ne!(of(r#"["a","b"]"#, &[]), of(r#"["a,b"]"#, &[]));
    }

    /// What changes by itself does not count, wherever it is and whether or not it is there.
    #[test]
    fn what_is_volatile_is_left_out() {
        let volatile = ["/etag", "/a/b", "/a/x~1y", "/none/at/all"];
        let record = json!({"etag": "1", "a": {"b": 1, "c": 1, "x/y": 1}}).to_string();
        assert_eq!(of(&record, &volatile), of(r#"{"a": {"c": 1}}"#, &volatile));
        assert_ne!(of(&record, &volatile), of(r#"{"a": {"c": 2}}"#, &volatile));
        assert_ne!(of(&record, &[]), of(r#"{"a": {"c": 1}}"#, &[]));
    }
}
