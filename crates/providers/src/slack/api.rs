//! Slack's Web API: who a token is, its end, and pages of lists. Application errors are 200 with `"ok": false`.

use crate::{
    Account, Call, CallError, Revocation,
    call::{Authorization, Body, Request, join, json, send},
    token_answer::words,
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method, StatusCode};
use kernel::Secret;
use oauth::Grant;
use outbound::{Answer, retry_after};
use serde_json::Value;

/// What a token says of itself.
#[derive(Debug, PartialEq, Eq)]
struct Who {
    /// The workspace, or the organization that installed the app for all of its own.
    place: String,
    place_name: String,
    user: String,
    user_name: String,
    is_bot: bool,
    is_organization: bool,
}

/// The workspace, and the person where one of the tokens is a person's.
pub(super) async fn identify(call: Call<'_>, grant: &Grant) -> Result<Account, CallError> {
    let (first, scopes) = test(call, &grant.access_token).await?;
    let second = match &grant.companion {
        Some(companion) => Some(test(call, &companion.access_token).await?.0),
        None => None,
    };
    let stated = Some(scopes).filter(|scopes| grant.scopes.is_empty() && !scopes.is_empty());
    account(first, second.as_ref(), stated).ok_or(CallError::Unreadable)
}

/// A bot is the workspace's, whoever installed it. Tokens of two workspaces are no one account's.
fn account(first: Who, second: Option<&Who>, scopes: Option<Vec<String>>) -> Option<Account> {
    if second.is_some_and(|second| second.place != first.place) {
        return None;
    }
    let person = second.or((!first.is_bot).then_some(&first));
    let (id, display_name) = match person {
        Some(person) => {
            (format!("{}/{}", first.place, person.user), format!("{} ({})", person.user_name, first.place_name))
        }
        None => (first.place.clone(), first.place_name.clone()),
    };
    Some(Account { id, org_id: Some(first.place), display_name, scopes, resources: Vec::new() })
}

/// Asks who a token is. What it may do stands in a header of the answer.
async fn test(call: Call<'_>, token: &Secret) -> Result<(Who, Vec<String>), CallError> {
    let answer = ask(call, "auth.test", token).await?;
    let read = success(&answer, call.now)?;
    let scopes = answer.headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok()).map(words);
    Ok((who(&read).ok_or(CallError::Unreadable)?, scopes.unwrap_or_default()))
}

fn who(read: &Value) -> Option<Who> {
    let text = |name: &str| read.get(name)?.as_str().filter(|text| !text.is_empty());
    // An organization's token is at home in no workspace of it.
    let is_organization = read.get("is_enterprise_install").and_then(Value::as_bool) == Some(true);
    let place = if is_organization { text("enterprise_id")? } else { text("team_id")? };
    let user = text("user_id")?;
    Some(Who {
        place: place.to_owned(),
        place_name: text("team").unwrap_or(place).to_owned(),
        user: user.to_owned(),
        user_name: text("user").unwrap_or(user).to_owned(),
        is_bot: text("bot_id").is_some(),
        is_organization,
    })
}

/// Where a token is at home, and what it may do there.
pub(super) struct Home {
    /// The workspace or organization.
    pub place: String,
    pub is_organization: bool,
    pub scopes: Vec<String>,
}

pub(super) async fn home(call: Call<'_>) -> Result<Home, CallError> {
    let (who, scopes) = test(call, call.token).await?;
    Ok(Home { place: who.place, is_organization: who.is_organization, scopes })
}

/// What a list is answered with.
pub(super) enum Answered {
    Page(Value),
    /// The cursor leads nowhere any more.
    DeadCursor,
    /// This app is given fewer entries a page.
    TooMany,
    /// The channel or the thread is there no more, or is not for this token. Of other lists, such a word is a refusal.
    Closed,
}

/// Words that are about one channel or thread and not about the token.
const CLOSED: [&str; 8] = [
    "access_denied",
    "channel_not_found",
    "ekm_access_denied",
    "is_archived",
    "method_not_supported_for_channel_type",
    "no_permission",
    "not_in_channel",
    "thread_not_found",
];

/// One page of a list.
pub(super) async fn list(call: Call<'_>, method: &str, query: &[(&str, &str)]) -> Result<Answered, CallError> {
    let mut url = join(&call.configured.endpoints.api, &[method])?;
    url.query_pairs_mut().extend_pairs(query);
    let request = Request {
        method: Method::GET,
        url,
        authorization: Authorization::Bearer(call.token),
        headers: &[],
        body: Body::None,
        pause: retry_after,
    };
    let answer = send(&call.configured.hosts, call.client, request, call.now).await?;
    match success(&answer, call.now) {
        Ok(page) => Ok(Answered::Page(page)),
        Err(CallError::Refused) => match json(&answer)?.get("error").and_then(Value::as_str).unwrap_or_default() {
            "invalid_cursor" => Ok(Answered::DeadCursor),
            "invalid_limit" => Ok(Answered::TooMany),
            word if CLOSED.contains(&word) => Ok(Answered::Closed),
            _ => Err(CallError::Refused),
        },
        Err(error) => Err(error),
    }
}

/// Ends both tokens of the pair: with rotation each of them ends alone. The refresh token first, for it would outlive a
/// failure in between.
pub(super) async fn revoke(call: Call<'_>, grant: &Grant) -> Result<Revocation, CallError> {
    let mut ended = Revocation::AlreadyGone;
    for token in grant.refresh_token.iter().chain([&grant.access_token]) {
        match success(&ask(call, "auth.revoke", token).await?, call.now) {
            Ok(_) => ended = Revocation::Revoked,
            Err(CallError::Unauthorized) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ended)
}

async fn ask(call: Call<'_>, method: &str, token: &Secret) -> Result<Answer, CallError> {
    let request = Request {
        method: Method::POST,
        url: join(&call.configured.endpoints.api, &[method])?,
        authorization: Authorization::Bearer(token),
        headers: &[],
        body: Body::None,
        pause: retry_after,
    };
    send(&call.configured.hosts, call.client, request, call.now).await
}

/// The answer, if it is ok.
fn success(answer: &Answer, now: DateTime<Utc>) -> Result<Value, CallError> {
    let read = json(answer)?;
    match refusal(&read, &answer.headers, now) {
        Some(error) => Err(error),
        None if read.get("ok") == Some(&Value::Bool(true)) => Ok(read),
        None => Err(CallError::Unreadable),
    }
}

/// What an answer's error means, if it has one.
pub(super) fn refusal(read: &Value, headers: &HeaderMap, now: DateTime<Utc>) -> Option<CallError> {
    Some(match read.get("error")?.as_str().unwrap_or_default() {
        "ratelimited" | "rate_limited" => CallError::RateLimited { retry_after: retry_after(headers, now) },
        "token_expired" | "invalid_auth" | "token_revoked" | "account_inactive" | "not_authed" => {
            CallError::Unauthorized
        }
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => CallError::Unavailable,
        // `missing_scope` among them: another token of the same grant would be told the same.
        _ => CallError::Refused,
    })
}

/// The wait that a refused call asks for. A method's budget is one of a minute, which is the wait where none is named.
pub(super) fn asked_pause(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let limited = || {
        let refusal = refusal(&json(answer).ok()?, &answer.headers, now)?;
        matches!(refusal, CallError::RateLimited { .. }).then_some(())
    };
    if answer.status != StatusCode::TOO_MANY_REQUESTS {
        limited()?;
    }
    Some(retry_after(&answer.headers, now).unwrap_or(TimeDelta::minutes(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn answered(status: u16, headers: &[(&'static str, &str)], body: &Value) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_string().into() }
    }

    fn bot() -> Value {
        json!({"ok": true, "team": "Acme", "team_id": "T1", "user": "connectors", "user_id": "U0B", "bot_id": "B1",
            "is_enterprise_install": false})
    }

    fn person() -> Value {
        json!({"ok": true, "team": "Acme", "team_id": "T1", "user": "ann", "user_id": "U1"})
    }

    fn told(first: &Value, second: Option<&Value>) -> Option<(String, String, String)> {
        let found = account(who(first)?, second.and_then(who).as_ref(), None)?;
        Some((found.id, found.org_id?, found.display_name))
    }

    /// A bot is its workspace; a person's token, alone or beside the bot's, is that person there.
    #[test]
    fn an_account_is_a_workspace_or_a_person_in_one() {
        let texts = |id: &str, name: &str| Some((id.to_owned(), "T1".to_owned(), name.to_owned()));
        assert_eq!(told(&bot(), None), texts("T1", "Acme"));
        assert_eq!(told(&bot(), Some(&person())), texts("T1/U1", "ann (Acme)"));
        assert_eq!(told(&person(), None), texts("T1/U1", "ann (Acme)"));
        let mut elsewhere = person();
        elsewhere["team_id"] = json!("T2");
        assert_eq!(told(&bot(), Some(&elsewhere)), None);
        assert_eq!(told(&json!({"ok": true, "user_id": "U1"}), None), None);
    }

    /// S3: installed for a whole organization, the account is the organization; a workspace may be absent.
    #[test]
    fn an_organizations_token_is_the_organizations() {
        let mut installed = bot();
        installed["is_enterprise_install"] = json!(true);
        installed["team_id"] = Value::Null;
        assert_eq!(told(&installed, None), None);
        installed["enterprise_id"] = json!("E1");
        assert_eq!(told(&installed, None), Some(("E1".to_owned(), "E1".to_owned(), "Acme".to_owned())));
        // A workspace of an organization that installed for itself stays a workspace.
        installed["is_enterprise_install"] = json!(false);
        installed["team_id"] = json!("T1");
        assert_eq!(told(&installed, None), Some(("T1".to_owned(), "T1".to_owned(), "Acme".to_owned())));
    }

    /// S1: each word has its class, whatever the status; a body without one is no success either.
    #[test]
    fn errors_are_words_in_a_200() {
        let class = |body: &Value| success(&answered(200, &[("retry-after", "7")], body), now());
        let refused = |word: &str| class(&json!({"ok": false, "error": word}));
        for word in ["token_expired", "invalid_auth", "token_revoked", "account_inactive", "not_authed"] {
            assert!(matches!(refused(word), Err(CallError::Unauthorized)), "{word}");
        }
        for word in ["missing_scope", "no_such_word"] {
            assert!(matches!(refused(word), Err(CallError::Refused)), "{word}");
        }
        assert!(matches!(refused("service_unavailable"), Err(CallError::Unavailable)));
        let Err(CallError::RateLimited { retry_after }) = refused("ratelimited") else { panic!() };
        assert_eq!(retry_after, Some(TimeDelta::seconds(7)));
        assert!(matches!(class(&json!({"ok": false})), Err(CallError::Unreadable)));
        assert!(class(&json!({"ok": true, "warning": "missing_charset"})).is_ok());
    }

    /// 429 and the word ask for a pause; other refusals do not.
    #[test]
    fn a_pause_is_asked_for_by_status_or_word() {
        let pause = |status: u16, headers: &[(&'static str, &str)], body: &Value| {
            asked_pause(&answered(status, headers, body), now()).map(|pause| pause.num_seconds())
        };
        let limited = json!({"ok": false, "error": "ratelimited"});
        assert_eq!(pause(429, &[("retry-after", "30")], &limited), Some(30));
        assert_eq!(pause(429, &[], &json!("<html>")), Some(60));
        assert_eq!(pause(200, &[], &limited), Some(60));
        assert_eq!(pause(403, &[], &json!({"ok": false, "error": "missing_scope"})), None);
    }
}
