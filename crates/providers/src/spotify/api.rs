//! Spotify's web API: whose token, and what its refusals mean.

use crate::{
    Account, Call, CallError,
    call::{Authorization, Body, Request, join, json, send},
    sign_in::{account_id, first, text},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, StatusCode};
use outbound::Answer;
use serde_json::Value;
use url::Url;

/// Calls are counted over this time, by the client and not by the person.
const WINDOW: TimeDelta = TimeDelta::seconds(30);

/// An address of what is the person's own.
pub(super) fn at(call: Call<'_>, path: &[&str]) -> Result<Url, CallError> {
    join(&call.configured.endpoints.api, &[&["v1", "me"], path].concat())
}

pub(super) async fn get(call: Call<'_>, url: Url) -> Result<Value, CallError> {
    let request = Request {
        method: Method::GET,
        url,
        authorization: Authorization::Bearer(call.token),
        headers: &[],
        body: Body::None,
        pause: outbound::retry_after,
    };
    let answer = send(&call.configured.hosts, call.client, request, call.now).await?;
    if answer.status.is_success() { json(&answer) } else { Err(refusal(&answer)) }
}

/// `GET /v1/me`.
pub(super) async fn identify(call: Call<'_>) -> Result<Account, CallError> {
    account(&get(call, at(call, &[])?).await?)
}

/// `account_id` is there for linking accounts (since May 2026); `id`, which people may have chosen, where it is not.
fn account(person: &Value) -> Result<Account, CallError> {
    let linked = person.get("account_id").filter(|_| text(person, "account_id").is_some());
    let id = account_id(linked.or_else(|| person.get("id")))?;
    let display_name = first([text(person, "display_name"), text(person, "id")], &id);
    Ok(Account { id, org_id: None, display_name, scopes: None, resources: Vec::new() })
}

/// A 403 is a missing scope, a person whom an app in development mode does not know, or one without Premium: no new token
/// helps against any of them.
fn refusal(answer: &Answer) -> CallError {
    match answer.status {
        StatusCode::UNAUTHORIZED => CallError::Unauthorized,
        StatusCode::NOT_FOUND => CallError::NotFound,
        _ => CallError::Refused,
    }
}

/// `Retry-After` of a 429, which may be most of a day; a window's length where it is missing.
pub(super) fn asked_pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let is_asked = answer.status == StatusCode::TOO_MANY_REQUESTS;
    is_asked.then(|| outbound::retry_after(&answer.headers, now).unwrap_or(WINDOW))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, header::RETRY_AFTER};
    use serde_json::json;

    fn answered(status: u16, retry_after: Option<&str>) -> Answer {
        let headers = retry_after.map(|text| (RETRY_AFTER, text.parse().unwrap())).into_iter().collect::<HeaderMap>();
        let body = json!({"error": {"status": status, "message": "The access token expired"}}).to_string().into();
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body }
    }

    /// A wait of 22 hours is kept whole; one that is missing is a window's.
    #[test]
    fn a_long_wait_is_kept() {
        let asked = |answer: &Answer| asked_pause(answer, DateTime::UNIX_EPOCH).map(|wait| wait.num_seconds());
        assert_eq!(asked(&answered(429, Some("79892"))), Some(79_892));
        assert_eq!(asked(&answered(429, None)), Some(30));
        assert_eq!(asked(&answered(403, Some("5"))), None);
    }

    /// The id for linking counts where there is one; a person may have no name.
    #[test]
    fn an_account_is_its_linking_id() {
        let named = |person: Value| account(&person).map(|account| (account.id, account.display_name));
        let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let person = json!({"id": "ann.b", "account_id": "7f0", "display_name": "Ann"});
        assert_eq!(named(person).unwrap(), pair("7f0", "Ann"));
        for none in [json!(null), json!("")] {
            let person = json!({"id": "ann.b", "account_id": none, "display_name": null});
            assert_eq!(named(person).unwrap(), pair("ann.b", "ann.b"));
        }
        assert!(matches!(named(json!({"display_name": "Ann"})), Err(CallError::Unreadable)));
    }

    /// Only a 401 is the token's fault.
    #[test]
    fn refusals_are_told_apart() {
        assert!(matches!(refusal(&answered(401, None)), CallError::Unauthorized));
        assert!(matches!(refusal(&answered(403, None)), CallError::Refused));
        assert!(matches!(refusal(&answered(404, None)), CallError::NotFound));
    }
}
