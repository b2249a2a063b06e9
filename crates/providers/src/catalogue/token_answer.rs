//! Token answers of vendors whose code we do not have: whatever can be understood is.

use super::entry::OAuth2;
use crate::token_answer::put_right;
use serde_json::{Map, Value, json};

/// What vendors call the seconds a token has left, besides `expires_in`.
const LIFETIMES: &[&str] = &["expires", "expires_in_sec"];
/// The same of a refresh token.
const REFRESH_LIFETIMES: &[&str] = &["refresh_expires_in", "x_refresh_token_expires_in"];
/// A number larger than this is an instant and no length of time, whatever it is called.
const LONGEST: f64 = 1e9;

/// The answer as RFC 6749 5.1 and 5.2 have it.
pub fn read(entry: &OAuth2, answer: Value) -> Value {
    let Value::Object(mut members) = answer else { return answer };
    let moved: Vec<(&String, Value)> = entry
        .token_answer
        .iter()
        .filter_map(|(member, pointer)| Some((member, Value::Object(members.clone()).pointer(pointer)?.clone())))
        .collect();
    for (member, value) in moved {
        members.insert(member.clone(), value);
    }
    if let Some(error) = error(&members) {
        return json!({ "error": error });
    }
    adopt(&mut members, "expires_in", LIFETIMES);
    adopt(&mut members, "refresh_token_expires_in", REFRESH_LIFETIMES);
    let mut read = put_right(Value::Object(members), |error| error);
    if let (Some(lifetime), Value::Object(members)) = (entry.token_lifetime, &mut read) {
        members.entry("expires_in").or_insert_with(|| lifetime.num_seconds().into());
    }
    read
}

/// An answer is a failure when it says so, with whatever status: as a word, as an object with a word in it, or by having
/// no access token. Never the description, which may repeat what was sent.
fn error(members: &Map<String, Value>) -> Option<String> {
    let word = |value: &Value| value.as_str().filter(|word| !word.is_empty()).map(ToOwned::to_owned);
    match members.get("error") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(Value::Object(inner)) => {
            let inner = ["code", "type", "error"].iter().find_map(|name| inner.get(*name).and_then(word));
            return Some(inner.unwrap_or_else(|| "unreadable".to_owned()));
        }
        Some(error) => return Some(word(error).unwrap_or_else(|| "unreadable".to_owned())),
    }
    let token = members.get("access_token").and_then(Value::as_str).unwrap_or_default();
    token.is_empty().then(|| "unreadable".to_owned())
}

fn adopt(members: &mut Map<String, Value>, name: &str, others: &[&str]) {
    if members.contains_key(name) {
        return;
    }
    let seconds = |value: &Value| match value {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    let found = others.iter().filter_map(|other| members.get(*other)).find(|value| seconds(value) < Some(LONGEST));
    if let Some(found) = found.cloned() {
        members.insert(name.to_owned(), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Kind, built_in};

    fn answered(slug: &str, answer: Value) -> Value {
        let catalogue = built_in().unwrap_or_else(|faults| panic!("{faults}"));
        let Kind::OAuth2(oauth2) = &catalogue.entries[slug].kind else { panic!("{slug} is no OAuth2 entry") };
        read(oauth2, answer)
    }

    /// A failure is one under any status and in any shape, and its description goes nowhere.
    #[test]
    fn failures_are_recognised() {
        for (answer, word) in [
            (json!({"error": "invalid_grant", "error_description": "t0ken"}), "invalid_grant"),
            (json!({"error": {"code": "invalid_grant", "message": "t0ken"}}), "invalid_grant"),
            (json!({"error": 3}), "unreadable"),
            (json!({"error": "expired", "access_token": "t"}), "expired"),
            (json!({"ok": true}), "unreadable"),
            (json!({"access_token": ""}), "unreadable"),
            (json!({"status": 503, "body": {}}), "unreadable"),
        ] {
            assert_eq!(answered("zoom", answer.clone()), json!({ "error": word }), "{answer}");
        }
    }

    /// Members are found under other names, in other places and in other spellings.
    #[test]
    fn members_are_found_where_they_are() {
        let nested = json!({"status": 0, "body": {"access_token": "t", "refresh_token": "r", "expires_in": "10800"}});
        let read = answered("withings", nested);
        assert_eq!(
            (&read["access_token"], &read["refresh_token"], &read["expires_in"]),
            (&json!("t"), &json!("r"), &json!(10800))
        );
        let read = answered("yammer", json!({"access_token": {"token": "t"}}));
        assert_eq!(read["access_token"], "t");
        let read = answered("bungie", json!({"access_token": "t", "refresh_expires_in": 7}));
        assert_eq!(read["refresh_token_expires_in"], 7);
        let read = answered("stackexchange", json!({"access_token": "t", "expires": 86400}));
        assert_eq!(read["expires_in"], 86400);
        let read =
            answered("jobber", json!({"access_token": "t", "expires": 1_700_000_000_000_i64, "scope": ["a", "b"]}));
        assert_eq!((&read["expires_in"], &read["scope"]), (&json!(3600), &json!("a b")));
    }
}
