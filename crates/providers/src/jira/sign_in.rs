//! Signing in with an Atlassian account.

use super::tokens;
use crate::{
    CallError,
    call::join,
    sign_in::{
        Pkce, Profile, SignIn, SignInCall, SignInEndpoints, SignInKeys, SignInScopes, SignInVendor, account_id,
        base_or, email, first, image, success, text,
    },
};
use futures_util::future::BoxFuture;
use oauth::ClientAuth;
use serde_json::Value;
use url::{ParseError, Url};

pub(crate) static SIGN_IN: SignIn = SignIn {
    id: "atlassian",
    name: "Atlassian",
    docs: "https://developer.atlassian.com/cloud/oauth/getting-started/enabling-oauth-3lo/",
    keys: SignInKeys {
        client_id: "AUTH_ATLASSIAN_CLIENT_ID",
        client_secret: "AUTH_ATLASSIAN_CLIENT_SECRET",
        base_url: "AUTH_ATLASSIAN_BASE_URL",
        api_url: "AUTH_ATLASSIAN_API_URL",
    },
    endpoints,
    scopes: SignInScopes { default: &["read:me"], separator: " " },
    // Not in the documentation; beside the secret it is taken.
    pkce: Pkce::S256,
    client_auth: ClientAuth::Body,
    // Both are required, literally.
    authorize_extra: &[("audience", "api.atlassian.com"), ("prompt", "consent")],
    id_token: None,
    vendor: &Atlassian,
};

fn endpoints(base: Option<&Url>, api: Option<&Url>) -> Result<SignInEndpoints, ParseError> {
    let accounts = base_or(base, "https://auth.atlassian.com");
    Ok(SignInEndpoints {
        authorize: Url::parse(&format!("{accounts}/authorize"))?,
        token: Url::parse(&format!("{accounts}/oauth/token"))?,
        api: api.cloned().map_or_else(|| Url::parse(base_or(base, "https://api.atlassian.com")), Ok)?,
        jwks: None,
        issuers: Vec::new(),
    })
}

struct Atlassian;

impl SignInVendor for Atlassian {
    fn profile<'a>(&'a self, call: SignInCall<'a>) -> BoxFuture<'a, Result<Profile, CallError>> {
        Box::pin(async move {
            let url = join(&call.endpoints.api, &["me"])?;
            read(success(&call.get(url, &[("accept", "application/json")]).await?)?)
        })
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        tokens::read(answer)
    }
}

fn read(person: Value) -> Result<Profile, CallError> {
    let account_id = account_id(person.get("account_id"))?;
    Ok(Profile {
        name: first([text(&person, "name"), text(&person, "nickname"), text(&person, "email")], &account_id),
        email: email(text(&person, "email")),
        // The documentation of `/me` names no such field.
        email_verified: false,
        image: image(text(&person, "picture")),
        account_id,
        raw: person,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What `/me` documents.
    #[test]
    fn a_profile_is_read_whole() {
        let person = json!({"account_type": "atlassian", "account_id": "557058:6f9c", "email": "ann@example.com",
            "email_verified": true, "name": "Ann", "picture": "https://avatar.example/1", "account_status": "active"});
        assert_eq!(
            read(person.clone()).unwrap(),
            Profile {
                account_id: "557058:6f9c".to_owned(),
                name: "Ann".to_owned(),
                email: Some("ann@example.com".to_owned()),
                email_verified: false,
                image: Some("https://avatar.example/1".to_owned()),
                raw: person,
            }
        );
    }

    /// A person may hide everything but the id; a wrong secret is not the person's fault.
    #[test]
    fn a_bare_profile_is_enough() {
        let bare = read(json!({"account_id": "1", "nickname": "ann"})).unwrap();
        assert_eq!((bare.name.as_str(), bare.email, bare.image), ("ann", None, None));
        assert!(read(json!({"code": 401, "message": "Unauthorized"})).is_err());
        let refused =
            Atlassian.read_token_answer(json!({"error": "access_denied", "error_description": "Unauthorized"}));
        assert_eq!(refused, json!({"error": "invalid_client"}));
    }
}
