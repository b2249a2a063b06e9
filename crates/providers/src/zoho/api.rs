//! Zoho's accounts server and the CRM's API: who a token is, and its end.

use super::places;
use crate::{
    Account, Call, CallError, Revocation,
    call::{Authorization, Body, Request, join, json, send},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, StatusCode};
use oauth::Grant;
use outbound::{Answer, retry_after};
use serde_json::Value;
use url::Url;

/// Of the header `Authorization`.
pub(super) const SCHEME: &str = "Zoho-oauthtoken";

/// A person, in the organization and the data centre that the token is good for. A grant without the CRM, or a person
/// without one, has no organization.
pub(super) async fn identify(call: Call<'_>) -> Result<Account, CallError> {
    let endpoints = &call.configured.endpoints;
    let person = get(call, join(&endpoints.web, &["oauth", "user", "info"])?).await?;
    let organization = match get(call, join(&endpoints.api, &["crm", "v8", "org"])?).await {
        Ok(organization) => Some(organization),
        Err(CallError::Refused | CallError::NotFound) => None,
        Err(error) => return Err(error),
    };
    let base = call.configured.settings.base_url.as_ref();
    let place = places::name_of(base, endpoints.web.as_str().trim_end_matches('/')).ok_or(CallError::Misconfigured)?;
    account(place, &person, organization.as_ref()).ok_or(CallError::Unreadable)
}

fn account(place: &str, person: &Value, organization: Option<&Value>) -> Option<Account> {
    let text = |value: &Value, name: &str| match value.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    };
    let person_id = text(person, "ZUID")?;
    let name = text(person, "Display_Name").or_else(|| text(person, "Email")).unwrap_or_else(|| person_id.clone());
    let Some(organization) = organization else {
        let id = format!("{place}:{person_id}");
        return Some(Account { id, org_id: None, display_name: name, scopes: None, resources: Vec::new() });
    };
    let organization = organization.pointer("/org/0")?;
    let org_id = text(organization, "zgid")?;
    // The same person may be connected in several organizations; the name has to tell them apart.
    let display_name = match text(organization, "company_name") {
        Some(company) => format!("{name} ({company})"),
        None => name,
    };
    let id = format!("{place}:{org_id}:{person_id}");
    Some(Account { id, org_id: Some(org_id), display_name, scopes: None, resources: Vec::new() })
}

/// Sends it with the connection's token. Whoever asks judges the status. `since`: of `If-Modified-Since`, which is ISO 8601 here
/// and no date of HTTP.
pub(super) async fn ask(
    call: Call<'_>,
    method: Method,
    url: Url,
    since: Option<&str>,
    body: Body,
) -> Result<Answer, CallError> {
    let headers: Vec<(&str, &str)> = since.map(|since| ("If-Modified-Since", since)).into_iter().collect();
    let request = Request {
        method,
        url,
        authorization: Authorization::Scheme(SCHEME, call.token),
        headers: &headers,
        body,
        pause: retry_after,
    };
    send(&call.configured.hosts, call.client, request, call.now).await
}

async fn get(call: Call<'_>, url: Url) -> Result<Value, CallError> {
    success(&ask(call, Method::GET, url, None, Body::None).await?)
}

/// An answer with something in it. No content is what an organization without the CRM has.
pub(super) fn success(answer: &Answer) -> Result<Value, CallError> {
    let read = || json(answer);
    match (answer.status, code(answer).as_deref()) {
        (StatusCode::NO_CONTENT | StatusCode::NOT_FOUND, _) => Err(CallError::NotFound),
        (status, None) if status.is_success() => read(),
        // A scope that was not granted is a 401 as well, and no other token of the grant would have it.
        (_, Some("OAUTH_SCOPE_MISMATCH")) => Err(CallError::Refused),
        (StatusCode::UNAUTHORIZED, _)
        | (_, Some("INVALID_TOKEN" | "INVALID_OAUTHTOKEN" | "AUTHENTICATION_FAILURE")) => Err(CallError::Unauthorized),
        (_, Some("TOO_MANY_REQUESTS")) => Err(CallError::RateLimited { retry_after: None }),
        (_, Some("INTERNAL_ERROR")) => Err(CallError::Unavailable),
        _ => Err(CallError::Refused),
    }
}

/// The word of an error. Records have fields of that name too, but not at the top.
fn code(answer: &Answer) -> Option<String> {
    let read = json(answer).ok()?;
    read.get("code").or_else(|| read.get("error"))?.as_str().map(str::to_owned)
}

/// Ends the grant by its refresh token, at the server that gave it. The accounts server reads the token from the query.
pub(super) async fn revoke(call: Call<'_>, grant: &Grant) -> Result<Revocation, CallError> {
    let mut url = call.configured.endpoints.revoke.clone().ok_or(CallError::Misconfigured)?;
    let token = grant.refresh_token.as_ref().unwrap_or(&grant.access_token);
    url.query_pairs_mut().append_pair("token", token.expose());
    let request = Request {
        method: Method::POST,
        url,
        authorization: Authorization::InBody,
        headers: &[],
        body: Body::None,
        pause: retry_after,
    };
    ended(&send(&call.configured.hosts, call.client, request, call.now).await?)
}

/// Failures are 200 here as well.
fn ended(answer: &Answer) -> Result<Revocation, CallError> {
    let read = json(answer)?;
    let said = |name: &str| read.get(name).and_then(Value::as_str);
    match (said("error"), said("status")) {
        (None, Some("success")) => Ok(Revocation::Revoked),
        (Some("invalid_code" | "invalid_token"), _) => Ok(Revocation::AlreadyGone),
        (Some("Access Denied"), _) => Err(CallError::RateLimited { retry_after: Some(TimeDelta::minutes(10)) }),
        _ => Err(CallError::Refused),
    }
}

/// Zoho names no time to wait for. A minute lets the requests end that run at once; credits come back over a day.
pub(super) fn asked_pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let limited =
        answer.status == StatusCode::TOO_MANY_REQUESTS || matches!(success(answer), Err(CallError::RateLimited { .. }));
    limited.then(|| retry_after(&answer.headers, now).unwrap_or(TimeDelta::minutes(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;
    use serde_json::json;

    fn answered(status: u16, body: &Value) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers: HeaderMap::new(), body: body.to_string().into() }
    }

    /// Data centre, organization and person make the account: the same person in another organization is another one.
    #[test]
    fn an_account_is_a_person_in_an_organization_of_a_data_centre() {
        let person =
            json!({"First_Name": "Ann", "Display_Name": "Ann A", "Email": "a@b.c", "ZUID": 20_071_234_567_u64});
        let organization = json!({"org": [{"id": "1", "zgid": "7001", "company_name": "Acme"}]});
        let found = account("eu", &person, Some(&organization)).unwrap();
        assert_eq!((found.id.as_str(), found.org_id.as_deref()), ("eu:7001:20071234567", Some("7001")));
        assert_eq!(found.display_name, "Ann A (Acme)");
        let found = account("us", &json!({"ZUID": "5"}), None).unwrap();
        assert_eq!((found.id.as_str(), found.org_id, found.display_name.as_str()), ("us:5", None, "5"));
        assert_eq!(account("eu", &json!({"Email": "a@b.c"}), None), None);
        assert_eq!(account("eu", &person, Some(&json!({"org": []}))), None);
    }

    /// A 401 is a dead token or a scope that was not granted; only the word tells.
    #[test]
    fn a_missing_scope_is_no_dead_token() {
        let class = |status: u16, code: &str| success(&answered(status, &json!({"code": code, "status": "error"})));
        assert!(matches!(class(401, "INVALID_TOKEN"), Err(CallError::Unauthorized)));
        assert!(matches!(class(400, "AUTHENTICATION_FAILURE"), Err(CallError::Unauthorized)));
        assert!(matches!(class(401, "OAUTH_SCOPE_MISMATCH"), Err(CallError::Refused)));
        assert!(matches!(class(400, "INVALID_DATA"), Err(CallError::Refused)));
        assert!(matches!(class(200, "INVALID_TOKEN"), Err(CallError::Unauthorized)));
        assert!(matches!(success(&answered(401, &json!("<html>"))), Err(CallError::Unauthorized)));
        assert!(matches!(success(&answered(200, &json!({"error": "Access Denied"}))), Err(CallError::Refused)));
        let empty = Answer { body: Vec::new().into(), ..answered(204, &json!(null)) };
        assert!(matches!(success(&empty), Err(CallError::NotFound)));
        assert!(success(&answered(200, &json!({"org": []}))).is_ok());
    }

    /// No header says how long; a refusal for another reason asks for nothing.
    #[test]
    fn a_pause_has_no_header() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let pause = |status: u16, code: &str| {
            asked_pause(&answered(status, &json!({ "code": code })), now).map(|pause| pause.num_seconds())
        };
        assert_eq!(pause(429, "TOO_MANY_REQUESTS"), Some(60));
        assert_eq!(pause(400, "TOO_MANY_REQUESTS"), Some(60));
        assert_eq!(pause(401, "INVALID_TOKEN"), None);
    }

    /// A revocation fails with 200; a token that is not known is gone, and throttling is no answer yet.
    #[test]
    fn a_revocation_is_read_from_its_body() {
        let read = |body: &Value| ended(&answered(200, body));
        assert!(matches!(read(&json!({"status": "success"})), Ok(Revocation::Revoked)));
        assert!(matches!(read(&json!({"error": "invalid_code"})), Ok(Revocation::AlreadyGone)));
        assert!(matches!(read(&json!({"error": "Access Denied"})), Err(CallError::RateLimited { .. })));
        assert!(matches!(read(&json!({"error": "general_error"})), Err(CallError::Refused)));
        assert!(matches!(read(&json!("<html>")), Err(CallError::Refused)));
    }
}
