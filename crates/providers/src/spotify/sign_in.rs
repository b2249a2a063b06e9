//! Signing in with Spotify.

use crate::{
    CallError,
    call::join,
    sign_in::{
        Pkce, Profile, SignIn, SignInCall, SignInEndpoints, SignInKeys, SignInScopes, SignInVendor, account_id,
        base_or, email, first, image, success, text,
    },
    token_answer,
};
use futures_util::future::BoxFuture;
use oauth::ClientAuth;
use serde_json::Value;
use url::{ParseError, Url};

pub(crate) static SIGN_IN: SignIn = SignIn {
    id: "spotify",
    name: "Spotify",
    docs: "https://developer.spotify.com/documentation/web-api/tutorials/code-flow",
    keys: SignInKeys {
        client_id: "AUTH_SPOTIFY_CLIENT_ID",
        client_secret: "AUTH_SPOTIFY_CLIENT_SECRET",
        base_url: "AUTH_SPOTIFY_BASE_URL",
        api_url: "AUTH_SPOTIFY_API_URL",
    },
    endpoints,
    scopes: SignInScopes { default: &["user-read-email"], separator: " " },
    pkce: Pkce::S256,
    client_auth: ClientAuth::Basic,
    authorize_extra: &[],
    id_token: None,
    vendor: &Spotify,
};

fn endpoints(base: Option<&Url>, api: Option<&Url>) -> Result<SignInEndpoints, ParseError> {
    let accounts = base_or(base, "https://accounts.spotify.com");
    Ok(SignInEndpoints {
        authorize: Url::parse(&format!("{accounts}/authorize"))?,
        token: Url::parse(&format!("{accounts}/api/token"))?,
        api: api.cloned().map_or_else(|| Url::parse(base_or(base, "https://api.spotify.com")), Ok)?,
        jwks: None,
        issuers: Vec::new(),
    })
}

struct Spotify;

impl SignInVendor for Spotify {
    fn profile<'a>(&'a self, call: SignInCall<'a>) -> BoxFuture<'a, Result<Profile, CallError>> {
        Box::pin(async move {
            let url = join(&call.endpoints.api, &["v1", "me"])?;
            read(success(&call.get(url, &[]).await?)?)
        })
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        token_answer::put_right(answer, |error| error)
    }
}

fn read(person: Value) -> Result<Profile, CallError> {
    // `account_id` is younger (May 2026) and another value; accounts that exist are known by `id`.
    let account_id = account_id(person.get("id"))?;
    Ok(Profile {
        name: first([text(&person, "display_name"), text(&person, "email")], &account_id),
        email: email(text(&person, "email")),
        // Spotify's documentation of the field: there is no proof that it belongs to the person.
        email_verified: false,
        image: image(person.pointer("/images/0").and_then(|image| text(image, "url"))),
        account_id,
        raw: person,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The first picture, and an address that is never verified.
    #[test]
    fn a_profile_is_read_whole() {
        let person = json!({"id": "smedjan", "account_id": "acc_1", "display_name": "Ann", "email": "ann@example.com",
            "email_verified": true, "images": [{"url": "https://i.example/1"}, {"url": "https://i.example/2"}]});
        assert_eq!(
            read(person.clone()).unwrap(),
            Profile {
                account_id: "smedjan".to_owned(),
                name: "Ann".to_owned(),
                email: Some("ann@example.com".to_owned()),
                email_verified: false,
                image: Some("https://i.example/1".to_owned()),
                raw: person,
            }
        );
    }

    /// Apps in development mode get neither an address nor pictures.
    #[test]
    fn a_bare_profile_is_enough() {
        let bare = read(json!({"id": "smedjan", "display_name": null, "images": []})).unwrap();
        assert_eq!((bare.name.as_str(), bare.email, bare.image), ("smedjan", None, None));
        assert!(read(json!({"error": {"status": 401}})).is_err());
    }
}
