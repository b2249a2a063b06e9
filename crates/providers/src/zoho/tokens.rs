//! Zoho's token answers: failures come as 200 with an `error`, a refresh repeats neither the refresh token nor the scopes,
//! and the API's address stands beside the token.

use super::places::API_DOMAIN;
use crate::token_answer;
use serde_json::{Map, Value, json};

/// Tokens live for an hour, and old deployments say so in milliseconds; no token lives for a day.
const LIFE_SECONDS: f64 = 3600.0;
const SURELY_MILLISECONDS: f64 = 100_000.0;
/// At most ten tokens come in ten minutes; more of them are answered with `Access Denied`.
const THROTTLED_SECONDS: u32 = 600;

pub(super) fn read(answer: Value) -> Value {
    let Value::Object(mut members) = answer else { return answer };
    if !members.contains_key("error") {
        put_life_right(&mut members);
        if let Some(domain) = members.get(API_DOMAIN).and_then(Value::as_str) {
            let parameters = json!({ API_DOMAIN: domain });
            members.insert("parameters".to_owned(), parameters);
        }
    }
    let mut read = token_answer::put_right(Value::Object(members), |error| match error {
        // Of a code and of a refresh token alike, also where another data centre is asked than the one that gave it.
        "invalid_code" => "invalid_grant",
        // The secret may be another one in each data centre.
        "invalid_client_secret" => "invalid_client",
        // Too many requests, and nothing else: the person has revoked nothing.
        "Access Denied" => "slow_down",
        other => other,
    });
    if read.get("error").and_then(Value::as_str) == Some("slow_down") {
        read["retry_after"] = THROTTLED_SECONDS.into();
    }
    read
}

fn put_life_right(members: &mut Map<String, Value>) {
    let number = |value: Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let seconds = members.remove("expires_in_sec").and_then(number);
    let either = members.remove("expires_in").and_then(number);
    let either = either.map(|life| if life > SURELY_MILLISECONDS { life / 1000.0 } else { life });
    members.insert("expires_in".to_owned(), json!(seconds.or(either).unwrap_or(LIFE_SECONDS)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Z1: a failure is one whatever the status said, in the RFC's words.
    #[test]
    fn a_200_with_an_error_is_a_refusal() {
        for (theirs, standard) in [
            ("invalid_code", "invalid_grant"),
            ("invalid_client", "invalid_client"),
            ("invalid_client_secret", "invalid_client"),
            ("invalid_redirect_uri", "invalid_redirect_uri"),
        ] {
            let answer = json!({"error": theirs, "error_description": "1000.abc", "access_token": "t"});
            assert_eq!(read(answer), json!({ "error": standard }));
        }
        assert_eq!(read(json!("<html>")), json!("<html>"));
        assert_eq!(read(json!({"status": "failure"})).get("access_token"), None);
    }

    /// Z2: throttling sounds like a revocation. It is a pause of ten minutes.
    #[test]
    fn access_denied_is_a_pause() {
        let answer = json!({"error": "Access Denied", "status": "failure",
            "error_description": "You have made too many requests continuously. Please try again after some time."});
        assert_eq!(read(answer), json!({"error": "slow_down", "retry_after": 600}));
    }

    /// Seconds, or milliseconds beside seconds under another name, or nothing.
    #[test]
    fn a_life_is_in_seconds_at_last() {
        for (theirs, seconds) in [
            (json!({"expires_in": 3600}), 3600),
            (json!({"expires_in": 3_600_000}), 3600),
            (json!({"expires_in": "3600000"}), 3600),
            (json!({"expires_in": 100_000}), 100_000),
            (json!({"expires_in": 3_600_000, "expires_in_sec": 3599}), 3599),
            (json!({}), 3600),
            (json!({"expires_in": "soon"}), 3600),
        ] {
            let mut answer = theirs.clone();
            answer["access_token"] = json!("t");
            assert_eq!(read(answer)["expires_in"], json!(seconds), "{theirs}");
        }
    }

    /// A first answer, whole; and a refresh, which keeps what it does not repeat.
    #[test]
    fn the_apis_address_becomes_a_parameter() {
        let first = json!({"access_token": "1000.a", "refresh_token": "1000.r", "api_domain": "https://www.zohoapis.eu",
            "scope": "ZohoCRM.modules.ALL ZohoCRM.org.READ", "token_type": "Bearer", "expires_in": 3600});
        let mut expected = first.clone();
        expected["parameters"] = json!({"api_domain": "https://www.zohoapis.eu"});
        assert_eq!(read(first), expected);
        let refreshed = read(json!({"access_token": "1000.b", "token_type": "Bearer", "expires_in": 3600}));
        assert_eq!(refreshed, json!({"access_token": "1000.b", "token_type": "Bearer", "expires_in": 3600}));
    }
}
