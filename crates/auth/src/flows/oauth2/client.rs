//! Which client is speaking: one that a browser came from, or one that speaks for itself and has to prove it.

use super::document::{self, NoDocument};
use crate::{
    app::App,
    oauth2::{OAuthError, Parameters},
    problem::Internal,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use db::auth::oauth_clients::{self, AuthMethod, Client};
use http::{HeaderMap, header};
use kernel::Secret;

/// Of an id, as the table bounds it.
const LONGEST: usize = 2_048;

/// Why a browser's client is not known.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    #[error("no client has this id")]
    Unknown,
    #[error(transparent)]
    Document(#[from] NoDocument),
    #[error(transparent)]
    Internal(#[from] Internal),
}

/// The client of an authorization request. `caller` is counted where a document has to be fetched.
pub async fn asking(app: &App, caller: &str, id: &str) -> Result<Client, NoClient> {
    if let Some((url, policy)) = app.oauth2.documents.of(id) {
        return Ok(document::client(app, caller, &url, &policy).await?);
    }
    stored(app, id).await?.ok_or(NoClient::Unknown)
}

/// How a client said who it is.
pub struct Credentials {
    pub id: String,
    /// `None`: it did not try to prove it.
    pub secret: Option<Secret>,
}

impl Credentials {
    /// From the header or the form, never from both (RFC 6749, 2.3).
    pub fn read(headers: &HeaderMap, form: &Parameters) -> Result<Self, OAuthError> {
        let (id, secret) = (form.get("client_id")?, form.get("client_secret")?);
        let mut sent = headers.get_all(header::AUTHORIZATION).iter();
        match (sent.next(), sent.next()) {
            (_, Some(_)) => Err(OAuthError::InvalidRequest("there is more than one Authorization header")),
            (Some(_), None) if secret.is_some() => {
                Err(OAuthError::InvalidRequest("a client proves who it is in one way, not in two"))
            }
            (Some(value), None) => {
                let basic = value.to_str().ok().and_then(basic).ok_or(OAuthError::InvalidClient)?;
                if id.is_some_and(|id| id != basic.id) {
                    return Err(OAuthError::InvalidRequest("client_id names somebody else than the header"));
                }
                Ok(basic)
            }
            (None, None) => {
                let id = id.ok_or(OAuthError::InvalidRequest("client_id is missing"))?;
                Ok(Self { id: id.to_owned(), secret: secret.map(Into::into) })
            }
        }
    }
}

/// Both halves are form-encoded before they are joined (RFC 6749, 2.3.1).
fn basic(value: &str) -> Option<Credentials> {
    let (scheme, encoded) = value.split_once(' ')?;
    let joined = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = joined.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = |text: &str| {
        let mut pairs = url::form_urlencoded::parse(text.as_bytes());
        // A text without `=` and `&` is the name of one pair.
        match (pairs.next(), pairs.next()) {
            (Some((name, value)), None) if value.is_empty() && !text.contains('=') => Some(name.into_owned()),
            _ => None,
        }
    };
    Some(Credentials { id: decoded(id)?, secret: Some(decoded(secret)?.into()) })
}

/// The client that speaks for itself. One that keeps a secret has to show it, in either of the two ways; one that has none
/// must not pretend to.
pub async fn proven(app: &App, credentials: Credentials) -> Result<Client, OAuthError> {
    let client = stored(app, &credentials.id).await?.ok_or(OAuthError::InvalidClient)?;
    let holds = match (client.auth_method, &client.secret_hash, &credentials.secret) {
        (AuthMethod::None, None, None) => true,
        (AuthMethod::Basic | AuthMethod::Post, Some(hash), Some(secret)) => {
            kernel::same(hash, kernel::sha256(secret.expose()))
        }
        _ => false,
    };
    if holds { Ok(client) } else { Err(OAuthError::InvalidClient) }
}

async fn stored(app: &App, id: &str) -> Result<Option<Client>, Internal> {
    let possible = (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    Ok(if possible { oauth_clients::by_id(&app.pool, id).await? } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(headers: &[&str], form: &str) -> Result<(String, Option<String>), &'static str> {
        let headers = headers.iter().map(|value| (header::AUTHORIZATION, HeaderValue::try_from(*value).unwrap())).fold(
            HeaderMap::new(),
            |mut map, (name, value)| {
                map.append(name, value);
                map
            },
        );
        let read = Credentials::read(&headers, &Parameters::read(form.as_bytes()));
        read.map(|it| (it.id, it.secret.map(|secret| secret.expose().clone()))).map_err(|error| error.code())
    }

    fn header(joined: &str) -> String {
        format!("Basic {}", STANDARD.encode(joined))
    }

    /// In the form, in the header, encoded, and never in both.
    #[test]
    fn a_client_proves_itself_in_one_way() {
        let found = |id: &str, secret: Option<&str>| Ok((id.to_owned(), secret.map(str::to_owned)));
        assert_eq!(read(&[], "client_id=a"), found("a", None));
        assert_eq!(read(&[], "client_id=a&client_secret=b"), found("a", Some("b")));
        assert_eq!(read(&[&header("a:b")], ""), found("a", Some("b")));
        assert_eq!(read(&[&header("a:b").replace("Basic", "basic")], "client_id=a"), found("a", Some("b")));
        assert_eq!(read(&[&header("a%3Ab:c+d%25")], ""), found("a:b", Some("c d%")));
        for (headers, form, code) in [
            (vec![], "", "invalid_request"),
            (vec![], "client_id=a&client_id=a", "invalid_request"),
            (vec![header("a:b")], "client_secret=b", "invalid_request"),
            (vec![header("a:b")], "client_id=b", "invalid_request"),
            (vec![header("a:b"), header("a:b")], "", "invalid_request"),
            (vec!["Bearer x".to_owned()], "client_id=a", "invalid_client"),
            (vec![header("a")], "", "invalid_client"),
            (vec![header("a:b=c")], "", "invalid_client"),
            (vec!["Basic %%%".to_owned()], "", "invalid_client"),
        ] {
            let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            assert_eq!(read(&headers, form), Err(code), "{headers:?} {form}");
        }
    }
}
