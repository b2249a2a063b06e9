//! Calls to a vendor whose code we do not have.

use crate::{Call, CallError, Placement};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use kernel::Secret;
use outbound::Answer;
use url::{Url, form_urlencoded};

/// Answers about an account are small.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// Nobody parks us for longer than this.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// Where nothing is said.
const USUAL_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// What is sent: where, how, with which headers besides the usual ones, and as which form.
pub struct Asked<'a> {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub form: Option<Vec<(&'a str, &'a str)>>,
}

/// Sends it. What the answer means is judged here as well: 2xx or an error.
pub async fn ask(call: Call<'_>, asked: Asked<'_>) -> Result<Answer, CallError> {
    let mut request = call.client.request(&call.configured.hosts, asked.method, &asked.url)?;
    request = request.header(header::ACCEPT, "application/json").headers(asked.headers);
    if let Some(form) = &asked.form {
        request = request.form(form);
    }
    let answer = call.client.send(request, LARGEST_ANSWER).await?;
    match answer.status {
        status if status.is_success() => Ok(answer),
        StatusCode::UNAUTHORIZED => Err(CallError::Unauthorized),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(CallError::NotFound),
        StatusCode::TOO_MANY_REQUESTS => Err(CallError::RateLimited { retry_after: reset(&answer.headers, call.now) }),
        status if status.is_server_error() => Err(CallError::Unavailable),
        _ => Err(CallError::Refused),
    }
}

/// How long an answer asks to wait: 429 always does, 503 and 529 where they say until when.
pub fn pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    match answer.status.as_u16() {
        429 => Some(reset(&answer.headers, now).unwrap_or(USUAL_PAUSE)),
        503 | 529 => outbound::retry_after(&answer.headers, now),
        _ => None,
    }
}

/// `Retry-After`, else the reset of a rate limit in one of its spellings: seconds to go, or the epoch in seconds or in
/// milliseconds. They lie orders of magnitude apart.
fn reset(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let reset = || {
        let names = ["x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"];
        let number = names.iter().find_map(|name| headers.get(*name)?.to_str().ok()?.trim().parse::<i64>().ok())?;
        let delay = match number {
            ..1_000_000 => TimeDelta::try_seconds(number)?,
            1_000_000..100_000_000_000 => DateTime::from_timestamp(number, 0)? - now,
            _ => DateTime::from_timestamp_millis(number)? - now,
        };
        Some(delay.clamp(TimeDelta::zero(), LONGEST_PAUSE))
    };
    outbound::retry_after(headers, now).or_else(reset)
}

/// The address and the headers with the credential where this provider wants it.
pub fn place(placement: &Placement, credential: &Secret, mut url: Url) -> Result<(Url, HeaderMap), CallError> {
    let (name, text) = match placement {
        Placement::Query(name) => {
            url.query_pairs_mut().append_pair(name, credential.expose());
            return Ok((url, HeaderMap::new()));
        }
        Placement::Scheme(scheme) => (header::AUTHORIZATION, format!("{scheme} {}", credential.expose())),
        Placement::Header { name, prefix } => {
            let name = name.parse::<HeaderName>().map_err(|_| CallError::Misconfigured)?;
            (name, format!("{prefix}{}", credential.expose()))
        }
        Placement::Basic => (header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(credential.expose()))),
    };
    Ok((url, HeaderMap::from_iter([(name, secret_value(text)?)])))
}

/// HTTP Basic with the client's credentials, each form-encoded as at the token endpoint (RFC 6749 2.3.1).
pub fn basic(id: &str, secret: &Secret) -> Result<HeaderMap, CallError> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret.expose())));
    Ok(HeaderMap::from_iter([(header::AUTHORIZATION, secret_value(format!("Basic {pair}"))?)]))
}

/// A header's value that no log shows.
fn secret_value(text: String) -> Result<HeaderValue, CallError> {
    let mut value = HeaderValue::try_from(text).map_err(|_| CallError::Misconfigured)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    /// Each dialect of a rate limit comes to the same wait, and none to a long one.
    #[test]
    fn a_pause_is_read_in_every_dialect() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let asked = |status: u16, header: Option<(&'static str, &str)>| {
            let headers = header.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            let status = StatusCode::from_u16(status).unwrap();
            let answer = Answer { status, headers: headers.into_iter().collect(), body: Bytes::new() };
            pause(&answer, now).map(|pause| pause.num_seconds())
        };
        assert_eq!(asked(429, None), Some(60));
        assert_eq!(asked(429, Some(("retry-after", "7"))), Some(7));
        assert_eq!(asked(429, Some(("x-ratelimit-reset", "30"))), Some(30));
        assert_eq!(asked(429, Some(("x-ratelimit-reset", "1700000030"))), Some(30));
        assert_eq!(asked(429, Some(("x-ratelimit-reset", "1700000030000"))), Some(30));
        assert_eq!(asked(429, Some(("ratelimit-reset", "999999"))), Some(3600));
        assert_eq!(asked(429, Some(("ratelimit-reset", "-9"))), Some(0));
        assert_eq!(asked(529, Some(("retry-after", "7"))), Some(7));
        assert_eq!(asked(503, None), None);
        assert_eq!(asked(400, Some(("retry-after", "7"))), None);
    }
}
