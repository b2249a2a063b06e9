//! What a client says about itself (RFC 7591, 2), in a registration or in the document that its id leads to. What we do not
//! know is ignored.

use super::{OAuthError, redirect_uri};
use db::auth::oauth_clients::AuthMethod;
use serde_json::Value;

/// More than any client has had.
const MOST_REDIRECT_URIS: usize = 20;
/// Of a name, in characters.
const LONGEST_NAME: usize = 100;

/// What is kept of it.
#[derive(Debug, PartialEq, Eq)]
pub struct ClientMetadata {
    /// May be empty.
    pub name: String,
    pub redirect_uris: Vec<String>,
    pub refreshes: bool,
    /// As asked for; each place has its own idea of what an absent one means.
    pub auth_method: Option<AuthMethod>,
}

impl ClientMetadata {
    pub fn read(value: &Value) -> Result<Self, OAuthError> {
        let Value::Object(members) = value else {
            return Err(OAuthError::InvalidClientMetadata("the metadata of a client is a JSON object"));
        };
        let name = match members.get("client_name") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(name)) => cleaned(name),
            Some(_) => return Err(OAuthError::InvalidClientMetadata("client_name is a text")),
        };
        let redirect_uris = texts(members.get("redirect_uris"))
            .filter(|uris| (1..=MOST_REDIRECT_URIS).contains(&uris.len()))
            .ok_or(OAuthError::InvalidRedirectUri("redirect_uris is a list of 1 to 20 URIs"))?;
        for uri in &redirect_uris {
            redirect_uri::check(uri)?;
        }
        let listed = |name: &'static str, without: &str, problem: &'static str| match members.get(name) {
            None | Some(Value::Null) => Ok(vec![without.to_owned()]),
            given => texts(given).ok_or(OAuthError::InvalidClientMetadata(problem)),
        };
        let grants = listed("grant_types", "authorization_code", "grant_types is a list of texts")?;
        let responses = listed("response_types", "code", "response_types is a list of texts")?;
        let has = |list: &[String], word: &str| list.iter().any(|one| one == word);
        if !has(&grants, "authorization_code") || !has(&responses, "code") {
            return Err(OAuthError::InvalidClientMetadata(
                "a client here uses the grant authorization_code and the response type code",
            ));
        }
        let auth_method = match members.get("token_endpoint_auth_method") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) if AuthMethod::named(name).is_some() => AuthMethod::named(name),
            Some(_) => {
                return Err(OAuthError::InvalidClientMetadata(
                    "token_endpoint_auth_method is none, client_secret_basic or client_secret_post",
                ));
            }
        };
        Ok(Self { name, redirect_uris, refreshes: has(&grants, "refresh_token"), auth_method })
    }
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    value?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A name without what would let it say something else than it seems to: line ends, and characters that take no room or turn
/// the direction of what follows.
fn cleaned(name: &str) -> String {
    let deceives = |c: char| {
        c.is_control()
            || matches!(c, '\u{00ad}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let kept: String = name.chars().filter(|c| !deceives(*c)).collect();
    kept.trim().chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What the known clients of MCP send, unknown members included.
    #[test]
    fn metadata_is_read() {
        let read = ClientMetadata::read(&json!({
            "client_name": "Some client", "redirect_uris": ["http://127.0.0.1:33418/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "application_type": "native", "scope": "mcp:tools", "x": {"y": [1]},
        }));
        let expected = ClientMetadata {
            name: "Some client".to_owned(),
            redirect_uris: vec!["http://127.0.0.1:33418/callback".to_owned()],
            refreshes: true,
            auth_method: Some(AuthMethod::None),
        };
        assert_eq!(read.unwrap(), expected);
        let least = ClientMetadata::read(&json!({"redirect_uris": ["https://app.example/cb"]})).unwrap();
        assert_eq!((least.name.as_str(), least.refreshes, least.auth_method), ("", false, None));
    }

    /// Each with the code that RFC 7591 has for it.
    #[test]
    fn metadata_that_does_not_do_is_refused() {
        let uris = json!(["https://app.example/cb"]);
        for (metadata, code) in [
            (json!([]), "invalid_client_metadata"),
            (json!({}), "invalid_redirect_uri"),
            (json!({"redirect_uris": []}), "invalid_redirect_uri"),
            (json!({"redirect_uris": "https://app.example/cb"}), "invalid_redirect_uri"),
            (json!({"redirect_uris": [1]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": vec!["https://app.example/cb"; 21]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["https://app.example/cb", "http://app.example/cb"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": uris, "client_name": 1}), "invalid_client_metadata"),
            (json!({"redirect_uris": uris, "grant_types": ["client_credentials"]}), "invalid_client_metadata"),
            (json!({"redirect_uris": uris, "grant_types": "authorization_code"}), "invalid_client_metadata"),
            (json!({"redirect_uris": uris, "response_types": ["token"]}), "invalid_client_metadata"),
            (
                json!({"redirect_uris": uris, "token_endpoint_auth_method": "private_key_jwt"}),
                "invalid_client_metadata",
            ),
        ] {
            assert_eq!(ClientMetadata::read(&metadata).unwrap_err().code(), code, "{metadata}");
        }
    }

    /// A name cannot pretend by characters that nobody sees.
    #[test]
    fn names_are_cleaned() {
        assert_eq!(cleaned("  Some\u{202e} app\r\n\u{200b} "), "Some app");
        assert_eq!(cleaned(&"ä".repeat(300)).chars().count(), 100);
        assert_eq!(cleaned("\u{feff}"), "");
    }
}
