//! Signing in with Linear.

use super::{api::data, tokens};
use crate::{
    CallError,
    call::{Body, join},
    sign_in::{
        Pkce, Profile, SignIn, SignInCall, SignInEndpoints, SignInKeys, SignInScopes, SignInVendor, account_id, email,
        first, image, text,
    },
};
use chrono::DateTime;
use futures_util::future::BoxFuture;
use http::Method;
use oauth::ClientAuth;
use serde_json::{Value, json};
use url::{ParseError, Url};

pub(crate) static SIGN_IN: SignIn = SignIn {
    id: "linear",
    name: "Linear",
    docs: "https://linear.app/developers/oauth-2-0-authentication",
    keys: SignInKeys {
        client_id: "AUTH_LINEAR_CLIENT_ID",
        client_secret: "AUTH_LINEAR_CLIENT_SECRET",
        base_url: "AUTH_LINEAR_BASE_URL",
        api_url: "AUTH_LINEAR_API_URL",
    },
    endpoints,
    scopes: SignInScopes { default: &["read"], separator: "," },
    pkce: Pkce::S256,
    client_auth: ClientAuth::Body,
    authorize_extra: &[],
    id_token: None,
    vendor: &Linear,
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

const WHO: &str = "query { viewer { id name email avatarUrl } }";

struct Linear;

impl SignInVendor for Linear {
    fn profile<'a>(&'a self, call: SignInCall<'a>) -> BoxFuture<'a, Result<Profile, CallError>> {
        Box::pin(profile(call))
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        tokens::read(answer)
    }
}

async fn profile(call: SignInCall<'_>) -> Result<Profile, CallError> {
    let url = join(&call.endpoints.api, &["graphql"])?;
    let answer = call.ask(Method::POST, url, &[], Body::Json(json!({ "query": WHO }))).await?;
    // The clock is for the length of a pause, which ends a sign-in whatever it is.
    let mut data = data(&answer, DateTime::UNIX_EPOCH)?;
    read(data.get_mut("viewer").map(Value::take).unwrap_or_default())
}

fn read(viewer: Value) -> Result<Profile, CallError> {
    let account_id = account_id(viewer.get("id"))?;
    Ok(Profile {
        name: first([text(&viewer, "name"), text(&viewer, "email")], &account_id),
        email: email(text(&viewer, "email")),
        // The API does not say, and an administrator can bring an address in from elsewhere.
        email_verified: false,
        image: image(text(&viewer, "avatarUrl")),
        account_id,
        raw: viewer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The address is never called verified, whatever the answer claims.
    #[test]
    fn a_profile_is_read_whole() {
        let viewer = json!({"id": "5a0db0c0-0000-4000-8000-000000000002", "name": "Ann", "email": "ann@example.com",
            "email_verified": true, "avatarUrl": null});
        assert_eq!(
            read(viewer.clone()).unwrap(),
            Profile {
                account_id: "5a0db0c0-0000-4000-8000-000000000002".to_owned(),
                name: "Ann".to_owned(),
                email: Some("ann@example.com".to_owned()),
                email_verified: false,
                image: None,
                raw: viewer,
            }
        );
    }

    /// A viewer without an id is nobody; one without an address is somebody.
    #[test]
    fn a_viewer_needs_an_id_and_nothing_else() {
        assert!(read(Value::Null).is_err());
        assert!(read(json!({"id": "", "email": "ann@example.com"})).is_err());
        let bare = read(json!({"id": "u1"})).unwrap();
        assert_eq!((bare.name.as_str(), bare.email), ("u1", None));
    }
}
