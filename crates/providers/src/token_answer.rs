//! What vendors' token answers have in common where they stray from RFC 6749.

use serde_json::{Map, Value, json};

/// Puts an answer right: a key `error` is a failure whatever the status, scopes are one string separated by spaces, and
/// `token_type` is there. `standard` gives the RFC's word (5.2) for one of the vendor's.
pub(crate) fn put_right(answer: Value, standard: fn(&str) -> &str) -> Value {
    let Value::Object(mut members) = answer else { return answer };
    if let Some(error) = members.get("error") {
        // Only the word: descriptions may echo what was sent.
        return json!({ "error": error.as_str().map_or("unreadable", standard) });
    }
    put_scopes_right(&mut members);
    for lifetime in ["expires_in", "refresh_token_expires_in"] {
        put_seconds_right(&mut members, lifetime);
    }
    // An empty refresh token is none: the one we have stays. An empty access token is none either, and no answer without.
    for token in ["access_token", "refresh_token"] {
        if members.get(token).is_some_and(|token| token.as_str().is_none_or(str::is_empty)) {
            members.remove(token);
        }
    }
    members.entry("token_type").or_insert_with(|| "bearer".into());
    Value::Object(members)
}

fn put_scopes_right(members: &mut Map<String, Value>) {
    let scopes = match members.remove("scope") {
        Some(Value::String(text)) => words(&text),
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).flat_map(words).collect(),
        _ => Vec::new(),
    };
    if !scopes.is_empty() {
        members.insert("scope".to_owned(), scopes.join(" ").into());
    }
}

/// Seconds are written as integers, fractions and text; anything else says nothing.
fn put_seconds_right(members: &mut Map<String, Value>, name: &str) {
    let Some(given) = members.remove(name) else { return };
    let text = match &given {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return,
    };
    let whole = text.split('.').next().unwrap_or_default();
    if let Ok(seconds) = whole.parse::<u32>() {
        members.insert(name.to_owned(), seconds.into());
    }
}

/// Scopes out of a list separated by spaces, commas or both.
pub(crate) fn words(list: &str) -> Vec<String> {
    list.split([' ', ',']).filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(answer: Value) -> Value {
        put_right(answer, |error| error)
    }

    /// Lifetimes come in many spellings; what is no number of seconds is no lifetime.
    #[test]
    fn seconds_come_out_as_integers() {
        for (theirs, ours) in [
            (json!(3600), json!(3600)),
            (json!("3600"), json!(3600)),
            (json!(3599.7), json!(3599)),
            (json!("soon"), Value::Null),
            (json!(-5), Value::Null),
            (json!(null), Value::Null),
            (json!([1]), Value::Null),
        ] {
            let read = right(json!({"access_token": "t", "expires_in": theirs}));
            assert_eq!(read.get("expires_in").cloned().unwrap_or_default(), ours, "{theirs}");
        }
    }

    /// An access token without a character would be stored and never work.
    #[test]
    fn an_empty_access_token_is_none() {
        for theirs in [json!(null), json!(""), json!(7)] {
            assert_eq!(right(json!({ "access_token": theirs })), json!({"token_type": "bearer"}));
        }
    }

    /// An absent, null or empty refresh token leaves the one we have.
    #[test]
    fn an_empty_refresh_token_is_none() {
        for theirs in [json!(null), json!(""), json!(7)] {
            assert_eq!(right(json!({"access_token": "t", "refresh_token": theirs})).get("refresh_token"), None);
        }
        let read = right(json!({"access_token": "t", "refresh_token": "r"}));
        assert_eq!(read.get("refresh_token"), Some(&json!("r")));
    }
}
