//! Google's token answers: two scopes come back under longer names than they were asked for, and some errors say more
//! than RFC 6749 has words for.

use crate::token_answer;
use serde_json::Value;

pub(super) fn read(answer: Value) -> Value {
    let mut answer = token_answer::put_right(answer, |error| match error {
        // The administrator of a Workspace has closed a scope, or wants the person to sign in anew: this grant gives
        // nothing any more, while nothing is wrong with the client.
        "admin_policy_enforced" | "invalid_rapt" | "rapt_required" => "invalid_grant",
        "deleted_client" | "disabled_client" => "invalid_client",
        other => other,
    });
    if let Some(scope) = answer.get_mut("scope") {
        let mut scopes: Vec<&str> = Vec::new();
        for name in scope.as_str().unwrap_or_default().split(' ').map(short) {
            // Asked for by both names, it would be there twice.
            if !scopes.contains(&name) {
                scopes.push(name);
            }
        }
        *scope = scopes.join(" ").into();
    }
    answer
}

/// The name by which a scope is asked for.
fn short(scope: &str) -> &str {
    match scope {
        "https://www.googleapis.com/auth/userinfo.email" => "email",
        "https://www.googleapis.com/auth/userinfo.profile" => "profile",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What was asked for as `email` is told as `email`, once, in whatever order it comes.
    #[test]
    fn scopes_keep_the_names_they_were_asked_for_by() {
        let calendar = "https://www.googleapis.com/auth/calendar.readonly";
        let theirs = format!(
            "https://www.googleapis.com/auth/userinfo.email openid {calendar} email \
             https://www.googleapis.com/auth/userinfo.profile"
        );
        let answer = json!({"access_token": "ya29.1", "token_type": "Bearer", "expires_in": 3599, "scope": theirs});
        let scope = format!("email openid {calendar} profile");
        assert_eq!(
            read(answer),
            json!({"access_token": "ya29.1", "token_type": "Bearer", "expires_in": 3599, "scope": scope})
        );
    }

    /// A refresh brings no refresh token, and a grant that ends by itself says when: nothing is made up for the one and
    /// nothing lost of the other.
    #[test]
    fn omitted_fields_stay_omitted() {
        let answer = json!({"access_token": "ya29.1", "token_type": "Bearer", "refresh_token_expires_in": 604_799});
        assert_eq!(read(answer.clone()), answer);
    }

    /// The grant's end, the client's fault and a refused request are told apart; descriptions and subtypes stay behind.
    #[test]
    fn errors_are_told_apart() {
        for (theirs, standard) in [
            ("invalid_grant", "invalid_grant"),
            ("admin_policy_enforced", "invalid_grant"),
            ("invalid_rapt", "invalid_grant"),
            ("invalid_client", "invalid_client"),
            ("unauthorized_client", "unauthorized_client"),
            ("deleted_client", "invalid_client"),
            ("redirect_uri_mismatch", "redirect_uri_mismatch"),
        ] {
            let answer =
                json!({"error": theirs, "error_subtype": "invalid_rapt", "error_description": "reauth of 1//0g"});
            assert_eq!(read(answer), json!({ "error": standard }));
        }
    }
}
