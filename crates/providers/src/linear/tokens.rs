//! Linear's token answers: granted scopes are separated by spaces (asked for: by commas), and are an array for apps made
//! before December 2023. Its errors are the RFC's.

use crate::token_answer;
use serde_json::Value;

pub(super) fn read(answer: Value) -> Value {
    token_answer::put_right(answer, |error| error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Old apps get an array; both forms come out the same.
    #[test]
    fn scopes_may_be_an_array() {
        let expected = json!({"access_token": "t", "token_type": "Bearer", "scope": "read write"});
        for scope in [json!("read write"), json!(["read", "write"]), json!("read,write")] {
            assert_eq!(read(json!({"access_token": "t", "token_type": "Bearer", "scope": scope})), expected);
        }
    }

    /// A refusal keeps its word and loses its description.
    #[test]
    fn a_refusal_is_its_word() {
        assert_eq!(
            read(json!({"error": "invalid_grant", "error_description": "refresh token BBB"})),
            json!({"error": "invalid_grant"})
        );
    }

    /// Fields that are not there are not made up, except the type that RFC 6749 requires.
    #[test]
    fn omitted_fields_stay_omitted() {
        let answer = json!({"access_token": "t", "expires_in": 86_399});
        assert_eq!(read(answer), json!({"access_token": "t", "expires_in": 86_399, "token_type": "bearer"}));
    }
}
