//! Partial answers: `fields=nextPageToken,files(id,owners/emailAddress)`.

use super::refused::Refused;
use crate::data::Query;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is wanted of an object: members, each whole (an empty mask) or in part. `*` is all of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mask(BTreeMap<String, Mask>);

/// Deeper is no answer of theirs.
const DEPTH: usize = 10;

/// The answer with the members that the query names, or else those that come without being named.
pub(super) fn masked(answer: Value, query: &Query, default: &str) -> Result<Value, Refused> {
    let fields = query.get("fields").unwrap_or(default);
    let mask = parse(fields).ok_or_else(|| Refused::invalid(format!("Invalid field selection {fields}")))?;
    Ok(mask.of(answer))
}

fn parse(text: &str) -> Option<Mask> {
    let mut rest = text;
    let mask = list(&mut rest, 0)?;
    rest.is_empty().then_some(mask)
}

fn list(rest: &mut &str, depth: usize) -> Option<Mask> {
    let mut mask = Mask::default();
    loop {
        entry(rest, &mut mask, depth)?;
        match rest.strip_prefix(',') {
            Some(more) => *rest = more,
            None => return Some(mask),
        }
    }
}

fn entry(rest: &mut &str, into: &mut Mask, depth: usize) -> Option<()> {
    let end = rest.find(['/', ',', '(', ')']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let name = name.trim();
    if name.is_empty() || depth > DEPTH {
        return None;
    }
    *rest = after;
    let inner = into.0.entry(name.to_owned()).or_default();
    if let Some(more) = rest.strip_prefix('/') {
        *rest = more;
        return entry(rest, inner, depth + 1);
    }
    if let Some(more) = rest.strip_prefix('(') {
        *rest = more;
        inner.0.append(&mut list(rest, depth + 1)?.0);
        *rest = rest.strip_prefix(')')?;
    }
    Some(())
}

impl Mask {
    fn of(&self, value: Value) -> Value {
        match value {
            _ if self.0.is_empty() => value,
            Value::Array(each) => Value::Array(each.into_iter().map(|value| self.of(value)).collect()),
            Value::Object(members) => {
                Value::Object(members.into_iter().filter_map(|it| self.member(it)).collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    fn member(&self, (name, value): (String, Value)) -> Option<(String, Value)> {
        let mask = self.0.get(&name).or_else(|| self.0.get("*"))?;
        Some((name, mask.of(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Members are named one by one, by path or in brackets, inside lists too.
    #[test]
    fn a_mask_keeps_what_it_names() {
        let answer = json!({"a": 1, "b": [{"c": 1, "d": {"e": 1, "f": 2}}], "g": 2});
        let kept = |fields: &str| parse(fields).map(|mask| mask.of(answer.clone()));
        assert_eq!(kept("a,b(d/e)"), Some(json!({"a": 1, "b": [{"d": {"e": 1}}]})));
        assert_eq!(kept("b/c,b/d/f"), Some(json!({"b": [{"c": 1, "d": {"f": 2}}]})));
        assert_eq!(kept("*"), Some(answer.clone()));
        for bad in ["", "a,", "b(c", "b)c", "b(c))", "a//b"] {
            assert_eq!(kept(bad), None, "{bad}");
        }
    }
}
