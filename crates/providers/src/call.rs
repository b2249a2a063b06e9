//! A call to a vendor's API with a connection's token, and what can go wrong with it.

use crate::Configured;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::AUTHORIZATION};
use kernel::Secret;
use outbound::{Answer, HostPolicy};
use serde_json::Value;
use url::Url;

/// API answers that identify somebody are small; lists are paged.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// What a vendor's code needs to call its API.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub configured: &'a Configured,
    pub client: &'a outbound::Client,
    pub token: &'a Secret,
    pub now: DateTime<Utc>,
}

impl<'a> Call<'a> {
    pub fn new(
        configured: &'a Configured,
        client: &'a outbound::Client,
        token: &'a Secret,
        now: DateTime<Utc>,
    ) -> Self {
        Self { configured, client, token, now }
    }
}

/// Why a call brought nothing. Never carries the vendor's text.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("the vendor does not accept the token")]
    Unauthorized,
    #[error("the vendor refuses the request")]
    Refused,
    #[error("the vendor has paused the installation")]
    Suspended,
    #[error("the vendor does not know it")]
    NotFound,
    #[error("the vendor's answer cannot be read")]
    Unreadable,
    #[error("the vendor asks for a pause")]
    RateLimited { retry_after: Option<TimeDelta> },
    #[error("the vendor cannot be reached or is failing")]
    Unavailable,
    #[error("the app's key or settings do not serve")]
    Misconfigured,
    #[error("the vendor's address may not be called")]
    Forbidden(#[source] outbound::Error),
}

impl From<outbound::Error> for CallError {
    fn from(error: outbound::Error) -> Self {
        match error {
            outbound::Error::Timeout | outbound::Error::Unreached | outbound::Error::Connection => Self::Unavailable,
            outbound::Error::TooLarge { .. } => Self::Unreadable,
            outbound::Error::Policy(_) | outbound::Error::Request => Self::Forbidden(error),
        }
    }
}

/// One API request of a vendor: address, credential, body.
pub(crate) struct Request<'a> {
    pub method: Method,
    pub url: Url,
    pub authorization: Authorization<'a>,
    pub headers: &'a [(&'static str, &'a str)],
    pub body: Body,
    /// How long the vendor's rate limit headers ask to wait.
    pub pause: fn(&HeaderMap, DateTime<Utc>) -> Option<TimeDelta>,
}

pub(crate) enum Authorization<'a> {
    Bearer(&'a Secret),
    /// Under a scheme of the vendor's own.
    Scheme(&'a str, &'a Secret),
    Basic {
        user: &'a str,
        password: &'a Secret,
    },
    /// The body carries the credential.
    InBody,
}

pub(crate) enum Body {
    None,
    Json(Value),
    Form(Vec<(&'static str, String)>),
}

/// Sends it; the vendor judges the status. 429 and 5xx are judged here, they mean the same everywhere.
pub(crate) async fn send(
    hosts: &HostPolicy,
    client: &outbound::Client,
    request: Request<'_>,
    now: DateTime<Utc>,
) -> Result<Answer, CallError> {
    let mut builder = client.request(hosts, request.method, &request.url)?;
    for (name, value) in request.headers {
        builder = builder.header(*name, *value);
    }
    builder = match request.authorization {
        Authorization::Bearer(token) => builder.bearer_auth(token.expose()),
        Authorization::Scheme(scheme, token) => builder.header(AUTHORIZATION, credential(scheme, token)?),
        Authorization::Basic { user, password } => builder.basic_auth(user, Some(password.expose())),
        Authorization::InBody => builder,
    };
    builder = match request.body {
        Body::None => builder,
        Body::Json(value) => builder.json(&value),
        Body::Form(pairs) => builder.form(&pairs),
    };
    let answer = client.send(builder, LARGEST_ANSWER).await?;
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        return Err(CallError::RateLimited { retry_after: (request.pause)(&answer.headers, now) });
    }
    if answer.status.is_server_error() {
        return Err(CallError::Unavailable);
    }
    Ok(answer)
}

/// A header's value that no log shows.
fn credential(scheme: &str, token: &Secret) -> Result<HeaderValue, CallError> {
    let text = format!("{scheme} {}", token.expose());
    let mut value = HeaderValue::from_str(&text).map_err(|_| CallError::Misconfigured)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The body as JSON.
pub(crate) fn json(answer: &Answer) -> Result<Value, CallError> {
    serde_json::from_slice(&answer.body).map_err(|_| CallError::Unreadable)
}

/// That a 2xx is the vendor's own word for "done": nothing, or an object that tells of no error. A page of something in
/// between, or half an answer, says nothing about what was asked for.
pub(crate) fn done(answer: &Answer) -> Result<(), CallError> {
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    match json(answer)? {
        Value::Object(members) if !members.contains_key("error") => Ok(()),
        _ => Err(CallError::Unreadable),
    }
}

/// `base` with segments behind its path, each percent-encoded.
pub(crate) fn join(base: &Url, segments: &[&str]) -> Result<Url, CallError> {
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| CallError::Misconfigured)?.pop_if_empty().extend(segments);
    Ok(url)
}
