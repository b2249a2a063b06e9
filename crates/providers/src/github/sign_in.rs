//! Signing in with GitHub: an OAuth app (or a GitHub App with the permission to read e-mail addresses).

use super::{
    api::{HEADERS, success},
    tokens,
};
use crate::{
    CallError,
    call::join,
    sign_in::{
        Pkce, Profile, SignIn, SignInCall, SignInEndpoints, SignInKeys, SignInScopes, SignInVendor, account_id, email,
        first, image, text,
    },
};
use chrono::DateTime;
use futures_util::future::BoxFuture;
use oauth::ClientAuth;
use serde_json::Value;
use url::{ParseError, Url};

pub(crate) static SIGN_IN: SignIn = SignIn {
    id: "github",
    name: "GitHub",
    docs: "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
    keys: SignInKeys {
        client_id: "AUTH_GITHUB_CLIENT_ID",
        client_secret: "AUTH_GITHUB_CLIENT_SECRET",
        base_url: "AUTH_GITHUB_BASE_URL",
        api_url: "AUTH_GITHUB_API_URL",
    },
    endpoints,
    scopes: SignInScopes { default: &["read:user", "user:email"], separator: " " },
    pkce: Pkce::S256,
    client_auth: ClientAuth::Body,
    authorize_extra: &[],
    // GitHub gives people no id token.
    id_token: None,
    vendor: &GitHub,
};

fn endpoints(base: Option<&Url>, api: Option<&Url>) -> Result<SignInEndpoints, ParseError> {
    let found = super::endpoints(base)?;
    Ok(SignInEndpoints {
        authorize: found.authorize,
        token: found.token,
        api: api.cloned().unwrap_or(found.api),
        jwks: None,
        issuers: Vec::new(),
    })
}

struct GitHub;

impl SignInVendor for GitHub {
    fn profile<'a>(&'a self, call: SignInCall<'a>) -> BoxFuture<'a, Result<Profile, CallError>> {
        Box::pin(profile(call))
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        tokens::read(answer)
    }
}

/// `GET /user`, and `GET /user/emails` for what the profile does not say: the address, where the person keeps it private,
/// and whether it is verified.
async fn profile(call: SignInCall<'_>) -> Result<Profile, CallError> {
    let api = &call.endpoints.api;
    // A clock would only tell how long a pause is, and a pause ends the sign-in whatever its length.
    let unclocked = DateTime::UNIX_EPOCH;
    let user = success(&call.get(join(api, &["user"])?, HEADERS).await?, unclocked)?;
    let emails = match success(&call.get(join(api, &["user", "emails"])?, HEADERS).await?, unclocked) {
        Ok(emails) => emails,
        // The person (or the app's permissions) did not grant it: then there is what the profile says, unverified.
        Err(CallError::NotFound | CallError::Refused) => Value::Null,
        Err(error) => return Err(error),
    };
    read(user, &emails)
}

fn read(user: Value, emails: &Value) -> Result<Profile, CallError> {
    let account_id = account_id(user.get("id"))?;
    let list = emails.as_array().map(Vec::as_slice).unwrap_or_default();
    let is = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_bool) == Some(true);
    let address = text(&user, "email").or_else(|| {
        let primary = list.iter().find(|entry| is(entry, "primary")).or(list.first());
        primary.and_then(|entry| text(entry, "email"))
    });
    // Verified is an address, not a person: the entry of exactly this one counts.
    let verified =
        list.iter().any(|entry| address.is_some() && text(entry, "email") == address && is(entry, "verified"));
    Ok(Profile {
        name: first([text(&user, "name"), text(&user, "login")], &account_id),
        email: email(address),
        email_verified: verified,
        image: image(text(&user, "avatar_url")),
        account_id,
        raw: user,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn user(email: &Value) -> Value {
        json!({"id": 583_231, "login": "octo", "name": "Octo Cat", "email": email,
            "avatar_url": "https://avatars.example/u/583231"})
    }

    fn entry(email: &str, primary: bool, verified: bool) -> Value {
        json!({"email": email, "primary": primary, "verified": verified, "visibility": null})
    }

    fn address(user: Value, emails: &Value) -> (Option<String>, bool) {
        let profile = read(user, emails).unwrap();
        (profile.email, profile.email_verified)
    }

    /// A public address is taken, and its own entry says whether it is verified.
    #[test]
    fn a_profile_is_read_whole() {
        let user = user(&json!("octo@example.com"));
        let emails = json!([entry("other@example.com", true, false), entry("octo@example.com", false, true)]);
        assert_eq!(
            read(user.clone(), &emails).unwrap(),
            Profile {
                account_id: "583231".to_owned(),
                name: "Octo Cat".to_owned(),
                email: Some("octo@example.com".to_owned()),
                email_verified: true,
                image: Some("https://avatars.example/u/583231".to_owned()),
                raw: user,
            }
        );
    }

    /// A private address comes from the list: the primary one, else the first.
    #[test]
    fn a_private_address_is_the_primary_one() {
        let emails = json!([entry("a@example.com", false, true), entry("b@example.com", true, false)]);
        assert_eq!(address(user(&Value::Null), &emails), (Some("b@example.com".to_owned()), false));
        let emails = json!([entry("a@example.com", false, true), entry("b@example.com", false, false)]);
        assert_eq!(address(user(&json!("")), &emails), (Some("a@example.com".to_owned()), true));
    }

    /// Another address that is verified proves nothing about this one.
    #[test]
    fn only_the_entry_of_the_address_verifies_it() {
        let emails =
            json!([entry("mine@example.com", true, true), {"email": "victim@example.com", "verified": "true"}]);
        assert_eq!(
            address(user(&json!("victim@example.com")), &emails),
            (Some("victim@example.com".to_owned()), false)
        );
        assert_eq!(address(user(&json!("a@example.com")), &Value::Null), (Some("a@example.com".to_owned()), false));
    }

    /// No address at all is a profile without one; no id is no profile.
    #[test]
    fn a_person_may_have_no_address() {
        for emails in [json!([]), Value::Null, json!({"message": "Not Found"}), json!([null, 1, {"email": null}])] {
            assert_eq!(address(user(&Value::Null), &emails), (None, false), "{emails}");
        }
        assert!(read(json!({"login": "octo"}), &json!([])).is_err());
        assert_eq!(read(json!({"id": 1, "login": "octo", "name": null}), &json!([])).unwrap().name, "octo");
    }
}
