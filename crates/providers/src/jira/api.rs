//! Atlassian's API: whose token, which sites it opens, and what refusals mean.

use super::{moment, sites};
use crate::{
    Account, Call, CallError, Quota,
    call::{Authorization, Body, Request, join, json, send},
    sign_in::{account_id, first, text},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method, StatusCode};
use outbound::Answer;
use serde_json::Value;

/// `GET /me`, and the sites. Asked anew at every connect: a later consent replaces the scopes of an earlier one, and adds
/// its site.
pub(super) async fn identify(call: Call<'_>) -> Result<Account, CallError> {
    let person = get(call, &["me"]).await?;
    let resources = sites::of(call).await?;
    let id = account_id(person.get("account_id"))?;
    let display_name = first([text(&person, "name"), text(&person, "nickname"), text(&person, "email")], &id);
    // No site is more the grant's than another: each is found by its own id.
    Ok(Account { id, org_id: None, display_name, scopes: None, resources })
}

/// The JSON at a place of the API.
pub(super) async fn get(call: Call<'_>, path: &[&str]) -> Result<Value, CallError> {
    ask(call, Method::GET, path, &[], Body::None).await
}

/// The JSON that a request is answered with; null where a success has no body.
pub(super) async fn ask(
    call: Call<'_>,
    method: Method,
    path: &[&str],
    query: &[(&str, &str)],
    body: Body,
) -> Result<Value, CallError> {
    let mut url = join(&call.configured.endpoints.api, path)?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let authorization = Authorization::Bearer(call.token);
    let headers = &[("accept", "application/json")];
    let request = Request { method, url, authorization, headers, body, pause };
    let answer = send(&call.configured.hosts, call.client, request, call.now).await?;
    match answer.status {
        status if !status.is_success() => Err(refusal(&answer)),
        _ if answer.body.is_empty() => Ok(Value::Null),
        _ => json(&answer),
    }
}

/// What a status other than 2xx, 429 and 5xx means. A missing scope is a 401, too ("Unauthorized; scope does not match"): a
/// new token has the same scopes, so that believing the token dead would renew it for ever.
fn refusal(answer: &Answer) -> CallError {
    let of_a_scope = || {
        let message = json(answer).ok().and_then(|body| body.get("message")?.as_str().map(str::to_ascii_lowercase));
        message.is_some_and(|message| message.contains("scope"))
    };
    match answer.status {
        StatusCode::UNAUTHORIZED if of_a_scope() => CallError::Refused,
        StatusCode::UNAUTHORIZED => CallError::Unauthorized,
        StatusCode::NOT_FOUND => CallError::NotFound,
        _ => CallError::Refused,
    }
}

/// The wait that a 429 asks for; a minute where it names none, as the gateway does.
pub(super) fn asked_pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let is_asked = answer.status == StatusCode::TOO_MANY_REQUESTS;
    is_asked.then(|| pause(&answer.headers, now).unwrap_or(TimeDelta::minutes(1)))
}

/// `Retry-After`, else the reset of an exhausted quota, which is at most its period of an hour away.
fn pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    outbound::retry_after(headers, now).or_else(|| {
        let reset = headers.get("x-ratelimit-reset")?.to_str().ok().and_then(moment::read)?;
        Some((reset - now).clamp(TimeDelta::zero(), TimeDelta::hours(1)))
    })
}

/// Of the hour, in points.
pub(super) fn quota(headers: &HeaderMap) -> Option<Quota> {
    Quota::of(headers, ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"], moment::read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answered(status: u16, headers: &[(&'static str, &str)], body: &Value) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_string().into() }
    }

    /// Of two 401s only one is the token's end; a scope that is missing is no reason to renew.
    #[test]
    fn a_missing_scope_is_no_dead_token() {
        let refused =
            |status, message: &str| refusal(&answered(status, &[], &json!({"code": 401, "message": message})));
        assert!(matches!(refused(401, "Unauthorized; scope does not match"), CallError::Refused));
        assert!(matches!(refused(401, "Unauthorized"), CallError::Unauthorized));
        assert!(matches!(refusal(&answered(401, &[], &json!("<html>"))), CallError::Unauthorized));
        assert!(matches!(refused(403, "Forbidden"), CallError::Refused));
        assert!(matches!(refused(404, "No such site"), CallError::NotFound));
    }

    /// The reset is a date, which may lack its seconds; a quota's period is an hour.
    #[test]
    fn a_reset_may_lack_its_seconds() {
        let now = DateTime::parse_from_rfc3339("2026-01-02T03:59:00Z").unwrap().to_utc();
        let asked = |status, headers: &[(&'static str, &str)]| {
            asked_pause(&answered(status, headers, &json!({})), now).map(|wait| wait.num_seconds())
        };
        for (reset, wait) in [
            ("2026-01-02T04:00Z", 60),
            ("2026-01-02T04:00:30Z", 90),
            ("2026-01-02T05:00+01:00", 60),
            ("2026-01-02T03:00Z", 0),
            ("2026-01-03T04:00Z", 3600),
            ("soon", 60),
        ] {
            assert_eq!(asked(429, &[("x-ratelimit-reset", reset)]), Some(wait), "{reset}");
        }
        assert_eq!(asked(429, &[("retry-after", "7"), ("x-ratelimit-reset", "2026-01-02T04:00Z")]), Some(7));
        assert_eq!(asked(429, &[]), Some(60));
        assert_eq!(asked(403, &[("retry-after", "7")]), None);
    }
}
