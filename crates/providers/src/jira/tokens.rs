//! Atlassian's token answers: a dead grant is `invalid_grant` with 403, or what a wrong client is elsewhere; a wrong client
//! is what a refusing person is elsewhere.

use crate::token_answer;
use serde_json::Value;

pub(super) fn read(answer: Value) -> Value {
    // Reported of older apps: 403 `unauthorized_client` for a dead refresh token. Only the sentence tells it from a client
    // that may not do this; it is looked at and goes no further.
    let is_about_the_token = |said: &str| {
        let said = said.to_ascii_lowercase();
        ["refresh_token", "refresh token"].iter().any(|what| said.contains(what)) && said.contains("invalid")
    };
    let describes = answer.get("error_description").and_then(Value::as_str).is_some_and(is_about_the_token);
    let standard = if describes { of_a_dead_token } else { of_others };
    token_answer::put_right(answer, standard)
}

fn of_a_dead_token(error: &str) -> &str {
    if error == "unauthorized_client" { "invalid_grant" } else { of_others(error) }
}

fn of_others(error: &str) -> &str {
    // 401: a wrong or missing client secret. A person's refusal never comes to this endpoint.
    if error == "access_denied" { "invalid_client" } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The person's grant, or our client: the same word may mean either, and only one of them ends a connection.
    #[test]
    fn a_dead_grant_and_a_wrong_client_are_told_apart() {
        for (error, description, standard) in [
            ("invalid_grant", "Unknown or invalid refresh token.", "invalid_grant"),
            ("unauthorized_client", "refresh_token is invalid", "invalid_grant"),
            ("unauthorized_client", "Refresh token is invalid", "invalid_grant"),
            ("unauthorized_client", "Grant type 'refresh_token' not allowed for the client.", "unauthorized_client"),
            ("unauthorized_client", "invalid client", "unauthorized_client"),
            ("access_denied", "Unauthorized", "invalid_client"),
            ("access_denied", "refresh_token is invalid", "invalid_client"),
            ("invalid_request", "refresh_token is invalid", "invalid_request"),
        ] {
            let answer = json!({"error": error, "error_description": description});
            assert_eq!(read(answer), json!({ "error": standard }), "{error}: {description}");
        }
        assert_eq!(read(json!({"error": "unauthorized_client"})), json!({"error": "unauthorized_client"}));
    }

    /// The type is not promised, and comes out all the same; nothing else is made up.
    #[test]
    fn a_type_that_is_not_said_is_bearer() {
        let answer = json!({"access_token": "eyJ", "refresh_token": "eyR", "expires_in": 3600, "scope": "read:me"});
        let mut expected = answer.clone();
        expected["token_type"] = json!("bearer");
        assert_eq!(read(answer), expected);
    }
}
