//! Signing in with Slack: OpenID Connect, with the profile behind `openid.connect.userInfo`.

use super::{api::refusal, tokens};
use crate::{
    CallError,
    call::join,
    sign_in::{
        IdTokenRules, Pkce, Profile, SignIn, SignInCall, SignInEndpoints, SignInKeys, SignInScopes, SignInVendor,
        account_id, base_or, email, first, image, success, text,
    },
};
use chrono::{DateTime, TimeDelta};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use oauth::ClientAuth;
use serde_json::Value;
use url::{ParseError, Url};

pub(crate) static SIGN_IN: SignIn = SignIn {
    id: "slack",
    name: "Slack",
    docs: "https://docs.slack.dev/authentication/sign-in-with-slack",
    keys: SignInKeys {
        client_id: "AUTH_SLACK_CLIENT_ID",
        client_secret: "AUTH_SLACK_CLIENT_SECRET",
        base_url: "AUTH_SLACK_BASE_URL",
        api_url: "AUTH_SLACK_API_URL",
    },
    endpoints,
    scopes: SignInScopes { default: &["openid", "profile", "email"], separator: " " },
    // An app that takes PKCE becomes a public client, for good; an ordinary one answers `pkce_not_allowed`.
    pkce: Pkce::Unsupported,
    client_auth: ClientAuth::Body,
    authorize_extra: &[],
    id_token: Some(IdTokenRules { algorithms: &["RS256"], max_age: TimeDelta::hours(1) }),
    vendor: &Slack,
};

fn endpoints(base: Option<&Url>, api: Option<&Url>) -> Result<SignInEndpoints, ParseError> {
    let web = base_or(base, "https://slack.com");
    Ok(SignInEndpoints {
        authorize: Url::parse(&format!("{web}/openid/connect/authorize"))?,
        token: Url::parse(&format!("{web}/api/openid.connect.token"))?,
        api: api.cloned().map_or_else(|| Url::parse(&format!("{web}/api")), Ok)?,
        jwks: Some(Url::parse(&format!("{web}/openid/connect/keys"))?),
        issuers: vec![web.to_owned()],
    })
}

struct Slack;

impl SignInVendor for Slack {
    fn profile<'a>(&'a self, call: SignInCall<'a>) -> BoxFuture<'a, Result<Profile, CallError>> {
        Box::pin(profile(call))
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        tokens::read(answer)
    }
}

async fn profile(call: SignInCall<'_>) -> Result<Profile, CallError> {
    let subject = call.claims()?.get("sub").cloned();
    let url = join(&call.endpoints.api, &["openid.connect.userInfo"])?;
    let person = success(&call.get(url, &[]).await?)?;
    // The clock is for the length of a pause, which ends a sign-in whatever it is.
    if let Some(error) = refusal(&person, &HeaderMap::new(), DateTime::UNIX_EPOCH) {
        return Err(error);
    }
    // OpenID Connect Core 5.3.2: an answer about somebody else must not be used.
    if subject.is_none() || subject.as_ref() != person.get("sub") {
        return Err(CallError::Unreadable);
    }
    read(person)
}

fn read(person: Value) -> Result<Profile, CallError> {
    if person.get("ok") != Some(&Value::Bool(true)) {
        return Err(CallError::Unreadable);
    }
    let account_id = account_id(person.get("https://slack.com/user_id"))?;
    Ok(Profile {
        name: first([text(&person, "name"), text(&person, "email")], &account_id),
        email: email(text(&person, "email")),
        email_verified: person.get("email_verified").and_then(Value::as_bool) == Some(true),
        image: image(text(&person, "picture").or_else(|| text(&person, "https://slack.com/user_image_512"))),
        account_id,
        raw: person,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The person's id is Slack's own claim.
    #[test]
    fn a_profile_is_read_whole() {
        let person = json!({"ok": true, "sub": "U0R7JM", "https://slack.com/user_id": "U0R7JM", "name": "Ann",
            "https://slack.com/team_id": "T0R7GR", "email": "ann@example.com", "email_verified": true,
            "https://slack.com/user_image_512": "https://a.example/512.png"});
        assert_eq!(
            read(person.clone()).unwrap(),
            Profile {
                account_id: "U0R7JM".to_owned(),
                name: "Ann".to_owned(),
                email: Some("ann@example.com".to_owned()),
                email_verified: true,
                image: Some("https://a.example/512.png".to_owned()),
                raw: person,
            }
        );
    }

    /// What is not ok, or has no id, is no profile.
    #[test]
    fn an_answer_that_is_not_ok_is_no_profile() {
        assert!(read(json!({"ok": false, "https://slack.com/user_id": "U1"})).is_err());
        assert!(read(json!({"https://slack.com/user_id": "U1"})).is_err());
        assert!(read(json!({"ok": true, "sub": "U1"})).is_err());
    }
}
