//! GitHub's REST API: whose token, end of a token, and what its refusals mean.

use crate::{
    Account, Call, CallError, Configured, Quota, Revocation,
    call::{Authorization, Body, Request, join, json, send},
    token_answer::words,
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method, StatusCode};
use oauth::Grant;
use outbound::Answer;
use serde_json::{Value, json};
use url::Url;

pub(super) const HEADERS: &[(&str, &str)] =
    &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];

pub(super) async fn ask(
    configured: &Configured,
    client: &outbound::Client,
    (method, url): (Method, Url),
    authorization: Authorization<'_>,
    body: Body,
    now: DateTime<Utc>,
) -> Result<Answer, CallError> {
    send(&configured.hosts, client, Request { method, url, authorization, headers: HEADERS, body, pause }, now).await
}

/// What a list has by now, unless that is what `tag` stands for. Then it is 304 without a body, a success like any other, which
/// costs nothing of the hour's requests. <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>
pub(super) async fn ask_unless(call: Call<'_>, url: Url, tag: Option<&str>) -> Result<Answer, CallError> {
    let tag = tag.map(|tag| ("if-none-match", tag));
    let headers: Vec<_> = HEADERS.iter().copied().chain(tag).collect();
    let request = Request {
        method: Method::GET,
        url,
        authorization: Authorization::Bearer(call.token),
        headers: &headers,
        body: Body::None,
        pause,
    };
    send(&call.configured.hosts, call.client, request, call.now).await
}

/// `GET /user`. A person may switch accounts in the middle of the flow, so this is asked after every exchange.
pub(super) async fn identify(call: Call<'_>) -> Result<Account, CallError> {
    let url = join(&call.configured.endpoints.api, &["user"])?;
    let bearer = Authorization::Bearer(call.token);
    let answer = ask(call.configured, call.client, (Method::GET, url), bearer, Body::None, call.now).await?;
    let user = success(&answer, call.now)?;
    let id = user.get("id").and_then(Value::as_u64).ok_or(CallError::Unreadable)?;
    let login = user.get("login").and_then(Value::as_str).ok_or(CallError::Unreadable)?;
    // Only tokens of OAuth apps have scopes; those of GitHub Apps answer with an empty header or none.
    let scopes = answer.headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok()).map(words);
    Ok(Account {
        id: id.to_string(),
        org_id: None,
        display_name: login.to_owned(),
        scopes: scopes.filter(|scopes| !scopes.is_empty()),
        resources: Vec::new(),
    })
}

/// Ends this one token. `DELETE …/grant` would end those of every other tenant that the same person connected.
pub(super) async fn revoke(call: Call<'_>, grant: &Grant) -> Result<Revocation, CallError> {
    let settings = &call.configured.settings;
    let url = join(&call.configured.endpoints.api, &["applications", &settings.client_id, "token"])?;
    let body = Body::Json(json!({ "access_token": grant.access_token.expose() }));
    let app = Authorization::Basic { user: &settings.client_id, password: &settings.client_secret };
    let answer = ask(call.configured, call.client, (Method::DELETE, url), app, body, call.now).await?;
    match answer.status {
        // Nothing else is GitHub's word for it.
        StatusCode::NO_CONTENT => Ok(Revocation::Revoked),
        status if status.is_success() => Err(CallError::Unreadable),
        StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Ok(Revocation::AlreadyGone),
        StatusCode::UNAUTHORIZED => Err(CallError::Misconfigured),
        _ => Err(refusal(&answer, call.now)),
    }
}

/// The JSON of a 2xx.
pub(super) fn success(answer: &Answer, now: DateTime<Utc>) -> Result<Value, CallError> {
    if answer.status.is_success() { json(answer) } else { Err(refusal(answer, now)) }
}

/// What a status other than 2xx, 429 and 5xx means. 403 is a permission, a rate limit or a suspension; only headers and
/// the message tell them apart.
pub(super) fn refusal(answer: &Answer, now: DateTime<Utc>) -> CallError {
    match answer.status {
        StatusCode::UNAUTHORIZED => CallError::Unauthorized,
        StatusCode::NOT_FOUND => CallError::NotFound,
        StatusCode::FORBIDDEN => {
            let message = json(answer)
                .ok()
                .and_then(|body| body.get("message")?.as_str().map(str::to_ascii_lowercase))
                .unwrap_or_default();
            let retry_after = pause(&answer.headers, now);
            if retry_after.is_some() || message.contains("secondary rate") {
                // GitHub's advice for a secondary limit without a header: a minute.
                CallError::RateLimited { retry_after: retry_after.or(Some(TimeDelta::minutes(1))) }
            } else if message.contains("suspended") {
                CallError::Suspended
            } else {
                CallError::Refused
            }
        }
        _ => CallError::Refused,
    }
}

/// The wait that a refused call asks for: GitHub says it with 429 or 403, and its advice where it names no time is a minute.
pub(super) fn asked_pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let asked = match (answer.status, refusal(answer, now)) {
        (StatusCode::TOO_MANY_REQUESTS, _) => pause(&answer.headers, now),
        (_, CallError::RateLimited { retry_after }) => retry_after,
        _ => return None,
    };
    Some(asked.unwrap_or(TimeDelta::minutes(1)))
}

/// `Retry-After`, else the reset of an exhausted bucket (epoch seconds) and a second on top, which is at most an hour away,
/// the length of GitHub's window.
fn pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    outbound::retry_after(headers, now).or_else(|| {
        let exhausted = header("x-ratelimit-remaining") == Some(0);
        let reset = header("x-ratelimit-reset").and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let wait = reset.map_or(TimeDelta::minutes(1), |reset| reset - now + TimeDelta::seconds(1));
        exhausted.then(|| wait.clamp(TimeDelta::zero(), TimeDelta::hours(1)))
    })
}

/// Of the hour. What searches and other paths with limits of their own leave says nothing of it.
pub(super) fn quota(headers: &HeaderMap) -> Option<Quota> {
    if headers.get("x-ratelimit-resource").is_some_and(|resource| resource != "core") {
        return None;
    }
    let names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
    Quota::of(headers, names, |seconds| DateTime::from_timestamp(seconds.parse().ok()?, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, headers: &[(&'static str, &str)], body: &str) -> CallError {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let status = StatusCode::from_u16(status).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        refusal(&Answer { status, headers, body: body.to_owned().into() }, now)
    }

    /// The same 403 is a pause, a suspension or a missing permission.
    #[test]
    fn a_403_is_told_apart() {
        let delay = |error| match error {
            CallError::RateLimited { retry_after } => retry_after.map(|delay| delay.num_seconds()),
            _ => None,
        };
        let exhausted = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000029")];
        assert_eq!(delay(refused(403, &exhausted, "")), Some(30));
        assert_eq!(delay(refused(403, &[("retry-after", "7")], "{}")), Some(7));
        let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(delay(refused(403, &[("x-ratelimit-remaining", "12")], secondary)), Some(60));
        let suspended = r#"{"message":"This installation has been suspended"}"#;
        assert!(matches!(refused(403, &[], suspended), CallError::Suspended));
        let permission = r#"{"message":"Resource not accessible by integration"}"#;
        assert!(matches!(refused(403, &[("x-ratelimit-remaining", "12")], permission), CallError::Refused));
        assert!(matches!(refused(403, &[], "<html>"), CallError::Refused));
    }

    /// 429 and the 403 of a limit ask for a pause; a missing permission does not.
    #[test]
    fn a_pause_is_asked_for_by_429_or_403() {
        let asked = |status: u16, headers: &[(&'static str, &str)], body: &str| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            let answer =
                Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_owned().into() };
            asked_pause(&answer, now).map(|pause| pause.num_seconds())
        };
        assert_eq!(asked(429, &[("retry-after", "7")], ""), Some(7));
        assert_eq!(asked(429, &[], ""), Some(60));
        assert_eq!(asked(403, &[], r#"{"message":"You have exceeded a secondary rate limit"}"#), Some(60));
        assert_eq!(asked(403, &[], r#"{"message":"Resource not accessible by integration"}"#), None);
        assert_eq!(asked(400, &[], ""), None);
    }

    /// The other statuses speak for themselves, and no error repeats GitHub's text.
    #[test]
    fn refusals_carry_no_text() {
        for (status, expected) in [
            (401, "the vendor does not accept the token"),
            (404, "the vendor does not know it"),
            (422, "the vendor refuses the request"),
            (301, "the vendor refuses the request"),
        ] {
            assert_eq!(refused(status, &[], r#"{"message":"ghu_secret"}"#).to_string(), expected);
        }
    }
}
