//! Slack's token answers: failures come as 200 with `"ok": false`.

use crate::token_answer;
use serde_json::Value;

pub(super) fn read(answer: Value) -> Value {
    // A refusal without its word is one all the same.
    let answer = match answer {
        Value::Object(mut members) if members.get("ok") == Some(&Value::Bool(false)) => {
            members.entry("error").or_insert(Value::Null);
            Value::Object(members)
        }
        answer => answer,
    };
    token_answer::put_right(answer, |error| match error {
        "invalid_code" | "code_expired" | "code_already_used" | "invalid_refresh_token" | "bad_redirect_uri" => {
            "invalid_grant"
        }
        "bad_client_secret" | "invalid_client_id" => "invalid_client",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A failure is one whatever the status said, in the RFC's words.
    #[test]
    fn a_200_that_is_not_ok_is_a_refusal() {
        for (theirs, standard) in [
            (json!("invalid_code"), "invalid_grant"),
            (json!("bad_client_secret"), "invalid_client"),
            (json!("ratelimited"), "ratelimited"),
            (Value::Null, "unreadable"),
        ] {
            assert_eq!(read(json!({"ok": false, "error": theirs})), json!({ "error": standard }));
        }
        assert_eq!(read(json!({"ok": false, "access_token": "t"})), json!({"error": "unreadable"}));
    }

    /// A success keeps its id token.
    #[test]
    fn a_success_keeps_what_it_brought() {
        let answer = json!({"ok": true, "access_token": "xoxp-1", "token_type": "Bearer", "id_token": "a.b.c"});
        assert_eq!(read(answer.clone()), answer);
    }
}
