//! Signing in with Google. All that is needed stands in the id token.

use crate::{
    CallError,
    sign_in::{
        IdTokenRules, Pkce, Profile, SignIn, SignInCall, SignInEndpoints, SignInKeys, SignInScopes, SignInVendor,
        account_id, base_or, email, first, image, text,
    },
    token_answer,
};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use oauth::ClientAuth;
use serde_json::Value;
use url::{ParseError, Url};

pub(crate) static SIGN_IN: SignIn = SignIn {
    id: "google",
    name: "Google",
    docs: "https://developers.google.com/identity/openid-connect/openid-connect",
    keys: SignInKeys {
        client_id: "AUTH_GOOGLE_CLIENT_ID",
        client_secret: "AUTH_GOOGLE_CLIENT_SECRET",
        base_url: "AUTH_GOOGLE_BASE_URL",
        api_url: "AUTH_GOOGLE_API_URL",
    },
    endpoints,
    scopes: SignInScopes { default: &["openid", "email", "profile"], separator: " " },
    pkce: Pkce::S256,
    client_auth: ClientAuth::Body,
    // Neither `access_type=offline` (a refresh token is of no use to a sign-in) nor `include_granted_scopes` (the token
    // would reach all that the person ever granted to this project).
    authorize_extra: &[],
    id_token: Some(IdTokenRules { algorithms: &["RS256"], max_age: TimeDelta::hours(1) }),
    vendor: &Google,
};

/// The authorize page, the token endpoint, the API and the keys have a host each; a stand-in plays all of them.
fn endpoints(base: Option<&Url>, api: Option<&Url>) -> Result<SignInEndpoints, ParseError> {
    let at = |own: &'static str| base_or(base, own);
    Ok(SignInEndpoints {
        authorize: Url::parse(&format!("{}/o/oauth2/v2/auth", at("https://accounts.google.com")))?,
        token: Url::parse(&format!("{}/token", at("https://oauth2.googleapis.com")))?,
        api: api.cloned().map_or_else(|| Url::parse(at("https://openidconnect.googleapis.com")), Ok)?,
        jwks: Some(Url::parse(&format!("{}/oauth2/v3/certs", at("https://www.googleapis.com")))?),
        issuers: match base {
            None => vec!["https://accounts.google.com".to_owned(), "accounts.google.com".to_owned()],
            Some(_) => vec![at("").to_owned()],
        },
    })
}

struct Google;

impl SignInVendor for Google {
    fn profile<'a>(&'a self, call: SignInCall<'a>) -> BoxFuture<'a, Result<Profile, CallError>> {
        Box::pin(async move { read(Value::Object(call.claims()?.clone())) })
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        token_answer::put_right(answer, |error| error)
    }
}

fn read(claims: Value) -> Result<Profile, CallError> {
    let account_id = account_id(claims.get("sub"))?;
    Ok(Profile {
        name: first([text(&claims, "name"), text(&claims, "email")], &account_id),
        email: email(text(&claims, "email")),
        email_verified: claims.get("email_verified").and_then(Value::as_bool) == Some(true),
        image: image(text(&claims, "picture")),
        account_id,
        raw: claims,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The claims are the profile.
    #[test]
    fn a_profile_is_read_whole() {
        let claims = json!({"iss": "https://accounts.google.com", "sub": "110248495921238986420", "name": "Ann A",
            "email": "ann@example.com", "email_verified": true, "picture": "https://lh3.example/a"});
        assert_eq!(
            read(claims.clone()).unwrap(),
            Profile {
                account_id: "110248495921238986420".to_owned(),
                name: "Ann A".to_owned(),
                email: Some("ann@example.com".to_owned()),
                email_verified: true,
                image: Some("https://lh3.example/a".to_owned()),
                raw: claims,
            }
        );
    }

    /// Only the word `true` verifies; without the scope `email` there is no address.
    #[test]
    fn an_address_is_verified_by_the_claim_alone() {
        for odd in [json!(false), json!("true"), json!(1), Value::Null] {
            let profile = read(json!({"sub": "1", "email": "a@example.com", "email_verified": odd})).unwrap();
            assert_eq!((profile.email.as_deref(), profile.email_verified), (Some("a@example.com"), false));
        }
        assert_eq!(read(json!({"sub": "1"})).unwrap().email, None);
        assert!(read(json!({"email": "a@example.com"})).is_err());
    }
}
