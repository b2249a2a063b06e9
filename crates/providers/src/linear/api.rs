//! Linear's GraphQL API and its revocation endpoint.

use crate::{
    Account, Call, CallError, Quota, Revocation,
    call::{Authorization, Body, Request, done, join, json, send},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method, StatusCode};
use oauth::Grant;
use outbound::Answer;
use serde_json::{Value, json};

const WHO: &str = "query { viewer { id name displayName } organization { id name } }";

/// Who consented, and in which workspace: one authorisation is one workspace, and only this tells which.
pub(super) async fn identify(call: Call<'_>) -> Result<Account, CallError> {
    account(&graphql(call, json!({ "query": WHO })).await?).ok_or(CallError::Unreadable)
}

/// The `data` that a query and its variables are answered with.
pub(super) async fn graphql(call: Call<'_>, asked: Value) -> Result<Value, CallError> {
    let request = Request {
        method: Method::POST,
        url: join(&call.configured.endpoints.api, &["graphql"])?,
        authorization: Authorization::Bearer(call.token),
        headers: &[],
        body: Body::Json(asked),
        pause,
    };
    let answer = send(&call.configured.hosts, call.client, request, call.now).await?;
    data(&answer, call.now)
}

fn account(data: &Value) -> Option<Account> {
    let text = |path: &str| data.pointer(path)?.as_str().filter(|text| !text.is_empty());
    let person = text("/viewer/displayName").or_else(|| text("/viewer/name"))?;
    // The same person may be connected in several workspaces; the name has to tell them apart.
    let display_name = match text("/organization/name") {
        Some(workspace) => format!("{person} ({workspace})"),
        None => person.to_owned(),
    };
    Some(Account {
        id: text("/viewer/id")?.to_owned(),
        org_id: Some(text("/organization/id")?.to_owned()),
        display_name,
        scopes: None,
        resources: Vec::new(),
    })
}

/// Ends the grant by its refresh token, which outlives the access token.
pub(super) async fn revoke(call: Call<'_>, grant: &Grant) -> Result<Revocation, CallError> {
    let token = match &grant.refresh_token {
        Some(token) => ("refresh_token", token.expose().clone()),
        None => ("access_token", grant.access_token.expose().clone()),
    };
    let request = Request {
        method: Method::POST,
        url: call.configured.endpoints.revoke.clone().ok_or(CallError::Misconfigured)?,
        authorization: Authorization::InBody,
        headers: &[],
        body: Body::Form(vec![token]),
        pause,
    };
    let answer = send(&call.configured.hosts, call.client, request, call.now).await?;
    match refusal(&answer, call.now) {
        None => done(&answer).map(|()| Revocation::Revoked),
        Some(limited @ CallError::RateLimited { .. }) => Err(limited),
        // "Not revocable", for example because it already is, and "not authenticated": nothing is left to end.
        Some(_) if matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) => {
            Ok(Revocation::AlreadyGone)
        }
        Some(error) => Err(error),
    }
}

/// The `data` of a GraphQL answer that has no errors.
pub(super) fn data(answer: &Answer, now: DateTime<Utc>) -> Result<Value, CallError> {
    if let Some(error) = refusal(answer, now) {
        return Err(error);
    }
    match json(answer)?.get_mut("data").map(Value::take) {
        Some(data) if data.is_object() => Ok(data),
        _ => Err(CallError::Unreadable),
    }
}

/// Errors come in the body, with 200 or 4xx. A rate limit is a 400.
fn refusal(answer: &Answer, now: DateTime<Utc>) -> Option<CallError> {
    let body = json(answer).unwrap_or_default();
    let first = body.pointer("/errors/0");
    let word = |name: &str| first.and_then(|error| error.get("extensions")?.get(name)?.as_str()).unwrap_or_default();
    if word("code") == "RATELIMITED" || word("type") == "ratelimited" {
        return Some(CallError::RateLimited { retry_after: pause(&answer.headers, now) });
    }
    if answer.status == StatusCode::UNAUTHORIZED || word("type") == "authentication error" {
        return Some(CallError::Unauthorized);
    }
    if answer.status == StatusCode::NOT_FOUND {
        return Some(CallError::NotFound);
    }
    (!answer.status.is_success() || first.is_some()).then_some(CallError::Refused)
}

/// The wait that a refused call asks for: by its body's word whatever the status, or by 429. A minute where none is named.
pub(super) fn asked_pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let asked = match (answer.status, refusal(answer, now)) {
        (StatusCode::TOO_MANY_REQUESTS, _) => pause(&answer.headers, now),
        (_, Some(CallError::RateLimited { retry_after })) => retry_after,
        _ => return None,
    };
    Some(asked.unwrap_or(TimeDelta::minutes(1)))
}

/// `Retry-After`, else the reset of an exhausted bucket (epoch milliseconds), which is at most Linear's period of an hour
/// away.
fn pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let bucket = |remaining: &str, reset: &str| {
        (header(remaining)? <= 0).then(|| DateTime::from_timestamp_millis(header(reset)?)).flatten()
    };
    outbound::retry_after(headers, now).or_else(|| {
        let requests = bucket("x-ratelimit-requests-remaining", "x-ratelimit-requests-reset");
        let complexity = bucket("x-ratelimit-complexity-remaining", "x-ratelimit-complexity-reset");
        let reset = requests.into_iter().chain(complexity).max()?;
        Some((reset - now).clamp(TimeDelta::zero(), TimeDelta::hours(1)))
    })
}

/// Of requests and of complexity, the one of which less is left.
pub(super) fn quota(headers: &HeaderMap) -> Option<Quota> {
    let of = |what: &str| {
        let names = ["limit", "remaining", "reset"].map(|name| format!("x-ratelimit-{what}-{name}"));
        Quota::of(headers, [&names[0], &names[1], &names[2]], |millis| {
            DateTime::from_timestamp_millis(millis.parse().ok()?)
        })
    };
    let left = |quota: &Quota| quota.remaining.saturating_mul(1000) / quota.limit;
    of("requests").into_iter().chain(of("complexity")).min_by_key(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, headers: &[(&'static str, &str)], body: &Value) -> Result<Value, CallError> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let status = StatusCode::from_u16(status).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        data(&Answer { status, headers, body: body.to_string().into() }, now)
    }

    /// A rate limit is a 400 here, and its reset is in milliseconds.
    #[test]
    fn a_rate_limit_is_a_400() {
        let body =
            json!({"errors": [{"message": "slow", "extensions": {"code": "RATELIMITED", "type": "ratelimited"}}]});
        let headers = [("x-ratelimit-requests-remaining", "0"), ("x-ratelimit-requests-reset", "1700000042000")];
        let Err(CallError::RateLimited { retry_after }) = answered(400, &headers, &body) else { panic!() };
        assert_eq!(retry_after, Some(TimeDelta::seconds(42)));
        let Err(CallError::RateLimited { retry_after }) = answered(400, &[], &body) else { panic!() };
        assert_eq!(retry_after, None);
    }

    /// The word in the body asks for a pause, and so does a 429 without one; a refused query does not.
    #[test]
    fn a_pause_is_asked_for_by_its_word() {
        let asked = |status: u16, body: &Value| {
            let status = StatusCode::from_u16(status).unwrap();
            let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            let answer = Answer { status, headers: HeaderMap::new(), body: body.to_string().into() };
            asked_pause(&answer, now).map(|pause| pause.num_seconds())
        };
        assert_eq!(asked(400, &json!({"errors": [{"extensions": {"code": "RATELIMITED"}}]})), Some(60));
        assert_eq!(asked(429, &json!(null)), Some(60));
        assert_eq!(asked(400, &json!({"errors": [{"extensions": {"code": "INPUT_ERROR"}}]})), None);
    }

    /// A 200 may say that the token is dead; data beside an error is not trusted; no data is no answer.
    #[test]
    fn errors_are_looked_for_in_the_body() {
        let dead = json!({"errors": [{"message": "lin_1", "extensions": {"type": "authentication error"}}]});
        assert!(matches!(answered(200, &[], &dead), Err(CallError::Unauthorized)));
        assert!(matches!(answered(401, &[], &json!("no")), Err(CallError::Unauthorized)));
        let partial = json!({"data": {"viewer": {}}, "errors": [{"message": "x"}]});
        assert!(matches!(answered(200, &[], &partial), Err(CallError::Refused)));
        let complex = json!({"errors": [{"extensions": {"code": "INPUT_ERROR", "type": "invalid input"}}]});
        assert!(matches!(answered(400, &[], &complex), Err(CallError::Refused)));
        assert!(matches!(answered(200, &[], &json!({"data": null})), Err(CallError::Unreadable)));
    }

    /// Person and workspace make the account; a workspace without an id is none.
    #[test]
    fn an_account_is_a_person_in_a_workspace() {
        let read = json!({"viewer": {"id": "u1", "name": "Ann A", "displayName": "ann"},
            "organization": {"id": "o1", "name": "Acme"}});
        let expected = Account {
            id: "u1".into(),
            org_id: Some("o1".into()),
            display_name: "ann (Acme)".into(),
            scopes: None,
            resources: Vec::new(),
        };
        assert_eq!(account(&read), Some(expected));
        assert_eq!(account(&json!({"viewer": {"id": "u1", "name": "Ann"}})), None);
    }
}
