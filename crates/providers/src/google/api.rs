//! Google's APIs: whose token, the end of a grant, and what refusals mean.

use crate::{
    Account, Call, CallError, Revocation,
    call::{Authorization, Body, Request, done, join, json, send},
    sign_in::{account_id, first, text},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, StatusCode};
use oauth::Grant;
use outbound::Answer;
use serde_json::Value;
use url::Url;

/// An address of Calendar or Drive.
pub(super) fn at(call: Call<'_>, path: &[&str]) -> Result<Url, CallError> {
    join(&call.configured.endpoints.api, path)
}

/// An address of the person's mailbox.
pub(super) fn mail(call: Call<'_>, path: &[&str]) -> Result<Url, CallError> {
    let host = call.configured.endpoints.others.get(1).ok_or(CallError::Misconfigured)?;
    join(host, &[&["gmail", "v1", "users", "me"], path].concat())
}

/// Sends it with the connection's token. Whoever asks judges the status.
pub(super) async fn ask(call: Call<'_>, method: Method, url: Url, body: Body) -> Result<Answer, CallError> {
    let request = Request {
        method,
        url,
        authorization: Authorization::Bearer(call.token),
        headers: &[],
        body,
        pause: outbound::retry_after,
    };
    send(&call.configured.hosts, call.client, request, call.now).await
}

pub(super) async fn get(call: Call<'_>, url: Url) -> Result<Value, CallError> {
    success(&ask(call, Method::GET, url, Body::None).await?, call.now)
}

pub(super) fn success(answer: &Answer, now: DateTime<Utc>) -> Result<Value, CallError> {
    if answer.status.is_success() { json(answer) } else { Err(refusal(answer, now)) }
}

/// The reason of the first error, and the parameter it is about, in Google's words.
pub(super) fn reason(answer: &Answer) -> (Option<String>, Option<String>) {
    let body = json(answer).unwrap_or_default();
    let said = |name: &str| body.pointer("/error/errors/0")?.get(name)?.as_str().map(str::to_owned);
    (said("reason"), said("location"))
}

/// `GET /v1/userinfo` (OpenID Connect Core 5.3).
pub(super) async fn identify(call: Call<'_>) -> Result<Account, CallError> {
    let url = call.configured.endpoints.others.first().cloned().ok_or(CallError::Misconfigured)?;
    account(&get(call, url).await?)
}

/// `sub` is the account: an address can be given to somebody else. The address names it to people, who may have several.
fn account(person: &Value) -> Result<Account, CallError> {
    let id = account_id(person.get("sub"))?;
    let display_name = first([text(person, "email"), text(person, "name")], &id);
    Ok(Account { id, org_id: None, display_name, scopes: None, resources: Vec::new() })
}

/// Ends all that the person gave the project. The token is its own permission: no client is named.
pub(super) async fn revoke(call: Call<'_>, grant: &Grant) -> Result<Revocation, CallError> {
    let token = grant.refresh_token.as_ref().unwrap_or(&grant.access_token);
    let request = Request {
        method: Method::POST,
        url: call.configured.endpoints.revoke.clone().ok_or(CallError::Misconfigured)?,
        authorization: Authorization::InBody,
        headers: &[],
        body: Body::Form(vec![("token", token.expose().clone())]),
        pause: outbound::retry_after,
    };
    let answer = send(&call.configured.hosts, call.client, request, call.now).await?;
    revoked(&answer, call.now)
}

fn revoked(answer: &Answer, now: DateTime<Utc>) -> Result<Revocation, CallError> {
    let word = json(answer).ok().and_then(|body| body.get("error")?.as_str().map(ToOwned::to_owned));
    match (answer.status, word.as_deref()) {
        (status, _) if status.is_success() => done(answer).map(|()| Revocation::Revoked),
        (StatusCode::BAD_REQUEST, Some("invalid_token")) => Ok(Revocation::AlreadyGone),
        _ => Err(refusal(answer, now)),
    }
}

/// What a status other than 2xx, 429 and 5xx means. 403 is a permission or a rate limit; only the body tells them apart.
pub(super) fn refusal(answer: &Answer, now: DateTime<Utc>) -> CallError {
    match answer.status {
        StatusCode::UNAUTHORIZED => CallError::Unauthorized,
        StatusCode::NOT_FOUND => CallError::NotFound,
        _ => match asked_pause(answer, now) {
            Some(pause) => CallError::RateLimited { retry_after: Some(pause) },
            None => CallError::Refused,
        },
    }
}

/// The wait that a refused call asks for: by 429, or by a 403 whose reason is a limit. There are no headers for it as a
/// rule; quotas count by the minute, and those of a day are asked about again after an hour.
pub(super) fn asked_pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let limit = match answer.status {
        StatusCode::TOO_MANY_REQUESTS => limit(answer).or(Some(TimeDelta::minutes(1))),
        StatusCode::FORBIDDEN => limit(answer),
        _ => None,
    };
    Some(outbound::retry_after(&answer.headers, now).unwrap_or(limit?))
}

fn limit(answer: &Answer) -> Option<TimeDelta> {
    let body = json(answer).ok()?;
    let error = body.get("error")?;
    // The older APIs say it in `errors`, the newer ones in `details` or by a status of their own.
    let lists = ["errors", "details"].into_iter().filter_map(|list| error.get(list)?.as_array());
    let reasons = lists.flatten().filter_map(|entry| entry.get("reason")?.as_str());
    let said: Vec<&str> = reasons.chain(text(error, "status")).collect();
    let is = |words: &[&str]| said.iter().any(|reason| words.contains(reason));
    if is(&["dailyLimitExceeded", "quotaExceeded"]) {
        return Some(TimeDelta::hours(1));
    }
    let of_a_minute = ["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"];
    is(&of_a_minute).then(|| TimeDelta::minutes(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;
    use serde_json::json;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn answered(status: u16, body: &Value) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers: HeaderMap::new(), body: body.to_string().into() }
    }

    fn usage(reason: &str) -> Value {
        json!({"error": {"code": 403, "message": "m",
            "errors": [{"domain": "usageLimits", "reason": reason, "message": "m"}]}})
    }

    /// The same 403 is "slow down", "come tomorrow" or "no".
    #[test]
    fn a_403_is_told_apart() {
        let pause = |status, body: &Value| asked_pause(&answered(status, body), now()).map(|wait| wait.num_minutes());
        assert_eq!(pause(403, &usage("userRateLimitExceeded")), Some(1));
        assert_eq!(pause(403, &usage("rateLimitExceeded")), Some(1));
        assert_eq!(pause(403, &usage("dailyLimitExceeded")), Some(60));
        assert_eq!(pause(403, &usage("quotaExceeded")), Some(60));
        for permission in ["insufficientPermissions", "forbidden", "domainPolicy"] {
            assert_eq!(pause(403, &usage(permission)), None);
            assert!(matches!(refusal(&answered(403, &usage(permission)), now()), CallError::Refused));
        }
        let limited = refusal(&answered(403, &usage("rateLimitExceeded")), now());
        assert!(matches!(limited, CallError::RateLimited { .. }));
        let newer = json!({"error": {"code": 403, "status": "RESOURCE_EXHAUSTED", "details": []}});
        assert_eq!(pause(403, &newer), Some(1));
        let denied = json!({"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [{"reason": "X"}]}});
        assert_eq!(pause(403, &denied), None);
        assert_eq!(pause(429, &json!(null)), Some(1));
        assert_eq!(pause(429, &usage("dailyLimitExceeded")), Some(60));
        assert_eq!(pause(400, &usage("rateLimitExceeded")), None);
        assert_eq!(pause(403, &json!("<html>")), None);
    }

    /// A wait that is named counts for more than one that is guessed.
    #[test]
    fn a_named_wait_is_kept() {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, "7".parse().unwrap())]);
        let limited = Answer { headers, ..answered(403, &usage("rateLimitExceeded")) };
        assert_eq!(asked_pause(&limited, now()), Some(TimeDelta::seconds(7)));
        assert_eq!(asked_pause(&Answer { body: "{}".into(), ..limited }, now()), None);
    }

    /// The account is `sub`, whatever the address says; people see the address.
    #[test]
    fn an_account_is_its_sub() {
        let named = |person: Value| account(&person).map(|account| (account.id, account.display_name));
        let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let person = json!({"sub": "1040", "email": "ann@example.com", "name": "Ann", "id": "other"});
        assert_eq!(named(person).unwrap(), pair("1040", "ann@example.com"));
        assert_eq!(named(json!({"sub": "1040", "name": "Ann"})).unwrap(), pair("1040", "Ann"));
        assert_eq!(named(json!({"sub": "1040"})).unwrap(), pair("1040", "1040"));
        assert!(matches!(named(json!({"email": "ann@example.com"})), Err(CallError::Unreadable)));
    }

    /// A grant that is gone counts as ended; another refusal does not.
    #[test]
    fn what_is_gone_is_ended() {
        let end = |status, body: &Value| revoked(&answered(status, body), now());
        assert!(matches!(end(200, &json!({})), Ok(Revocation::Revoked)));
        assert!(matches!(end(400, &json!({"error": "invalid_token"})), Ok(Revocation::AlreadyGone)));
        assert!(matches!(end(400, &json!({"error": "invalid_request"})), Err(CallError::Refused)));
        assert!(matches!(end(400, &json!("<html>")), Err(CallError::Refused)));
    }
}
