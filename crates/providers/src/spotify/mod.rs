//! Spotify: consents that end after half a year, no webhooks, and no way to end a grant from here.
//!
//! It refuses redirect URIs on the name `localhost` (127.0.0.1 and `[::1]` it takes). The stand-in that development runs
//! against takes them, so this is a sentence in `.env.example` and no fault of a configuration.

mod api;
mod sign_in;
mod streams;

pub(crate) use sign_in::SIGN_IN;

use crate::{
    Account, Auth, Call, CallError, Endpoints, EndpointsError, Installations, Keys, OAuth2, Placement, Pool, Provider,
    Quota, Refresh, Revocation, Revoke, Scopes, Streams, Vendor, Webhooks, sign_in::base_or, token_answer,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::Parameters;
use oauth::{ClientAuth, Grant, Pkce, TokenBody};
use outbound::Answer;
use serde_json::Value;
use url::{ParseError, Url};

const SCOPES: [&str; 5] = [
    "user-read-private",
    "user-library-read",
    "playlist-read-private",
    "playlist-read-collaborative",
    "user-read-recently-played",
];

pub(crate) fn provider() -> Provider {
    Provider {
        slug: "spotify".to_owned(),
        name: "Spotify".to_owned(),
        docs: "https://developer.spotify.com/documentation/web-api/tutorials/code-flow".to_owned(),
        verified: true,
        keys: Keys::of("SPOTIFY"),
        auth: Auth::OAuth2(OAuth2 {
            scopes: Scopes::of(&SCOPES, " "),
            pkce: Pkce::S256,
            client_auth: ClientAuth::Basic,
            token_body: TokenBody::Form,
            authorize_extra: Vec::new(),
            token_extra: Vec::new(),
            // Since July 2026 a refresh commonly brings no refresh token; one that comes takes the old one's place.
            refresh: Refresh::Kept { ahead: TimeDelta::minutes(5) },
            // "6 months after the user's consent", said in a blog post (2026) and in no answer; refreshing, or a new
            // refresh token, does not move it. The shortest six months have 181 days.
            consent_life: Some(TimeDelta::days(180)),
            // The person removes the app at spotify.com/account/apps.
            revoke: Revoke::Nowhere,
        }),
        inputs: Vec::new(),
        placement: Placement::bearer(),
        api_headers: Vec::new(),
        webhook: None,
        mcp_url: None,
        sign_in: Some(&SIGN_IN),
        vendor: Box::new(Spotify),
    }
}

fn endpoints(base: Option<&Url>) -> Result<Endpoints, ParseError> {
    let accounts = base_or(base, "https://accounts.spotify.com");
    Ok(Endpoints {
        authorize: Url::parse(&format!("{accounts}/authorize"))?,
        token: Url::parse(&format!("{accounts}/api/token"))?,
        refresh: None,
        revoke: None,
        api: Url::parse(base_or(base, "https://api.spotify.com"))?,
        web: Url::parse(base_or(base, "https://www.spotify.com"))?,
        others: Vec::new(),
    })
}

struct Spotify;

impl Vendor for Spotify {
    fn endpoints(&self, base: Option<&Url>, _: &Parameters) -> Result<Endpoints, EndpointsError> {
        Ok(endpoints(base)?)
    }

    fn read_redirect(&self, _: &Parameters) -> Parameters {
        Parameters::default()
    }

    /// The token endpoint says its errors as RFC 6749 does; the API's other shape, an object, is no word of it.
    fn read_token_answer(&self, answer: Value) -> Value {
        token_answer::put_right(answer, |error| error)
    }

    fn identify<'a>(&'a self, call: Call<'a>, _: &'a Grant) -> BoxFuture<'a, Result<Account, CallError>> {
        Box::pin(api::identify(call))
    }

    fn revoke<'a>(&'a self, _: Call<'a>, _: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>> {
        Box::pin(std::future::ready(Ok(Revocation::NotOffered)))
    }

    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
        api::asked_pause(answer, now)
    }

    /// Of the app, for all of its people together.
    fn pool(&self, _: &HeaderMap) -> Pool {
        Pool::App
    }

    fn quota(&self, _: &HeaderMap, _: DateTime<Utc>) -> Option<Quota> {
        None
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        None
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(&streams::SpotifyStreams)
    }

    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A refresh may bring a new refresh token, none, null or nothing in it: only the first replaces the one there is.
    #[test]
    fn a_refresh_token_is_never_demanded() {
        let read = |refresh_token: Option<Value>| {
            let mut answer = json!({"access_token": "BQ", "token_type": "Bearer", "expires_in": 3600});
            if let Some(token) = refresh_token {
                answer["refresh_token"] = token;
            }
            Spotify.read_token_answer(answer).get("refresh_token").cloned()
        };
        assert_eq!(read(Some(json!("AQ2"))), Some(json!("AQ2")));
        for none in [None, Some(json!(null)), Some(json!(""))] {
            assert_eq!(read(none), None);
        }
    }

    /// Of the two shapes of errors only the token endpoint's own has a word to believe.
    #[test]
    fn two_shapes_of_errors_are_read() {
        let read = |error: Value| Spotify.read_token_answer(json!({"error": error, "error_description": "AQ1"}));
        assert_eq!(read(json!("invalid_grant")), json!({"error": "invalid_grant"}));
        let object = json!({"status": 401, "message": "invalid_grant"});
        assert_eq!(read(object), json!({"error": "unreadable"}));
    }
}
