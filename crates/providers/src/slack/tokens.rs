//! Slack's token answers: failures come as 200 with `"ok": false`. An installation brings a bot's token at the top, a
//! person's below `authed_user`, or both; a refresh brings one of them, and a person's may stand in either place.

use crate::token_answer;
use serde_json::{Map, Value};

pub(super) fn read(answer: Value) -> Value {
    // A refusal without its word is one all the same.
    let answer = match answer {
        Value::Object(mut members) if members.get("ok") == Some(&Value::Bool(false)) => {
            members.entry("error").or_insert(Value::Null);
            Value::Object(members)
        }
        Value::Object(members) => two(members),
        answer => answer,
    };
    put_right(answer)
}

/// The person's token becomes the companion of the bot's, or stands for itself where there is no bot.
fn two(mut members: Map<String, Value>) -> Value {
    let person = match members.get_mut("authed_user").map(Value::take) {
        Some(Value::Object(person)) if has_token(&person) => person,
        _ => return Value::Object(members),
    };
    if has_token(&members) {
        members.insert("companion".to_owned(), put_right(Value::Object(person)));
    } else {
        members.extend(person);
    }
    Value::Object(members)
}

fn has_token(members: &Map<String, Value>) -> bool {
    members.get("access_token").and_then(Value::as_str).is_some_and(|token| !token.is_empty())
}

fn put_right(answer: Value) -> Value {
    token_answer::put_right(answer, |error| match error {
        "invalid_code" | "code_expired" | "code_already_used" | "invalid_refresh_token" | "bad_redirect_uri" => {
            "invalid_grant"
        }
        "bad_client_secret" | "invalid_client_id" => "invalid_client",
        "ratelimited" | "rate_limited" => "slow_down",
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => "temporarily_unavailable",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// S1: a failure is one whatever the status said, in the RFC's words.
    #[test]
    fn a_200_that_is_not_ok_is_a_refusal() {
        for (theirs, standard) in [
            (json!("invalid_code"), "invalid_grant"),
            (json!("invalid_refresh_token"), "invalid_grant"),
            (json!("bad_client_secret"), "invalid_client"),
            (json!("ratelimited"), "slow_down"),
            (json!("internal_error"), "temporarily_unavailable"),
            (json!("no_scopes"), "no_scopes"),
            (Value::Null, "unreadable"),
        ] {
            assert_eq!(read(json!({"ok": false, "error": theirs})), json!({ "error": standard }));
        }
        assert_eq!(read(json!({"ok": false, "access_token": "t"})), json!({"error": "unreadable"}));
    }

    /// A warning is none of them.
    #[test]
    fn a_success_keeps_what_it_brought() {
        let answer = json!({"ok": true, "access_token": "xoxp-1", "token_type": "Bearer", "id_token": "a.b.c",
            "warning": "superfluous_charset"});
        assert_eq!(read(answer.clone()), answer);
    }

    fn of_the_bot() -> Value {
        json!({"ok": true, "access_token": "xoxe.xoxb-1-A", "token_type": "bot", "scope": "channels:read,users:read",
            "bot_user_id": "U0B", "expires_in": 43200, "refresh_token": "xoxe-1-B",
            "team": {"id": "T1", "name": "Acme"}, "authed_user": {"id": "U1"}})
    }

    fn of_the_person() -> Value {
        json!({"id": "U1", "scope": "search:read,chat:write", "access_token": "xoxe.xoxp-1-C", "token_type": "user",
            "expires_in": 43200, "refresh_token": "xoxe-1-D"})
    }

    /// S2: one answer, two pairs, each with its own scopes and end. A person without a token is no second pair.
    #[test]
    fn a_persons_token_is_the_companion_of_the_bots() {
        let mut answer = of_the_bot();
        assert_eq!(read(answer.clone()).get("companion"), None);
        answer["authed_user"] = of_the_person();
        let both = read(answer);
        assert_eq!(
            (&both["access_token"], &both["scope"]),
            (&json!("xoxe.xoxb-1-A"), &json!("channels:read users:read"))
        );
        assert_eq!(
            both["companion"],
            json!({"id": "U1", "scope": "search:read chat:write", "access_token": "xoxe.xoxp-1-C", "token_type": "user",
                "expires_in": 43200, "refresh_token": "xoxe-1-D"})
        );
    }

    /// Only a person's token: it is the grant. The same goes for the refresh of one, which stands in either place.
    #[test]
    fn a_persons_token_alone_is_the_grant() {
        let nested = read(json!({"ok": true, "team": {"id": "T1"}, "authed_user": of_the_person()}));
        let mut flat = of_the_person();
        flat["ok"] = json!(true);
        for read in [nested, read(flat)] {
            let brought = ["access_token", "refresh_token", "expires_in", "scope"].map(|name| read[name].clone());
            let expected = ["xoxe.xoxp-1-C".into(), "xoxe-1-D".into(), json!(43200), "search:read chat:write".into()];
            assert_eq!(brought, expected);
            assert_eq!(read.get("companion"), None);
        }
    }
}
