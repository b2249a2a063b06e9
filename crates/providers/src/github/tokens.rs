//! GitHub's token answers: failures come as 200 with an `error`, granted scopes are separated by commas (the ones asked
//! for by spaces), and an app's user token has an empty `scope`.

use crate::token_answer;
use serde_json::Value;

pub(super) fn read(answer: Value) -> Value {
    token_answer::put_right(answer, |error| match error {
        "bad_verification_code" | "bad_refresh_token" => "invalid_grant",
        "incorrect_client_credentials" | "application_suspended" => "invalid_client",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A failure is one whatever the status said, in the RFC's words, and without GitHub's description.
    #[test]
    fn a_200_with_an_error_is_a_refusal() {
        for (theirs, standard) in [
            ("bad_verification_code", "invalid_grant"),
            ("bad_refresh_token", "invalid_grant"),
            ("incorrect_client_credentials", "invalid_client"),
            ("redirect_uri_mismatch", "redirect_uri_mismatch"),
        ] {
            let answer = json!({"error": theirs, "error_description": "The code ghr_1 is …", "error_uri": "/x"});
            assert_eq!(read(answer), json!({ "error": standard }));
        }
        assert_eq!(read(json!({"error": {"code": 1}, "access_token": "t"})), json!({"error": "unreadable"}));
    }

    /// Commas become spaces; no scopes at all is no `scope`.
    #[test]
    fn granted_scopes_are_separated_by_spaces() {
        let read_scope = |scope: &str| read(json!({"access_token": "gho_1", "scope": scope, "token_type": "bearer"}));
        assert_eq!(
            read_scope("repo,read:org"),
            json!({"access_token": "gho_1", "scope": "repo read:org", "token_type": "bearer"})
        );
        assert_eq!(read_scope(""), json!({"access_token": "gho_1", "token_type": "bearer"}));
    }

    /// An app whose tokens do not expire sends neither expiry nor refresh token, and nothing is made up for them.
    #[test]
    fn omitted_fields_stay_omitted() {
        assert_eq!(read(json!({"access_token": "ghu_1"})), json!({"access_token": "ghu_1", "token_type": "bearer"}));
        assert_eq!(read(json!("<html>")), json!("<html>"));
    }
}
