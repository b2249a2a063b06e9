//! The installations that organisations make of the GitHub App.

use super::{
    api::{ask, refusal, success},
    jwt,
};
use crate::{
    Account, AppSettings, Call, CallError, Configured, Installations, Revocation,
    call::{Authorization, Body, join},
};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode, header::LINK};
use kernel::{Parameters, Secret};
use oauth::Grant;
use outbound::Answer;
use serde_json::Value;
use url::Url;

/// Nobody reaches more installations than this many pages of a hundred; a server that always names a next page is
/// not followed for ever.
const MOST_PAGES: usize = 50;

pub(super) struct App;

impl Installations for App {
    fn install_url(&self, configured: &Configured, state: &str) -> Result<Url, CallError> {
        let mut url = join(&configured.endpoints.web, &["apps", &app(configured)?.name, "installations", "new"])?;
        url.query_pairs_mut().append_pair("state", state);
        Ok(url)
    }

    fn reachable<'a>(
        &'a self,
        call: Call<'a>,
        installation_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Account>, CallError>> {
        Box::pin(reachable(call, installation_id))
    }

    fn mint<'a>(
        &'a self,
        configured: &'a Configured,
        client: &'a outbound::Client,
        installation_id: &'a str,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Grant, CallError>> {
        Box::pin(mint(configured, client, installation_id, now))
    }

    fn uninstall<'a>(
        &'a self,
        configured: &'a Configured,
        client: &'a outbound::Client,
        installation_id: &'a str,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Revocation, CallError>> {
        Box::pin(uninstall(configured, client, installation_id, now))
    }
}

/// Looks through `GET /user/installations`, the only proof that a person may speak for an installation.
async fn reachable(call: Call<'_>, installation_id: &str) -> Result<Option<Account>, CallError> {
    let mut url = join(&call.configured.endpoints.api, &["user", "installations"])?;
    url.query_pairs_mut().append_pair("per_page", "100");
    for _ in 0..MOST_PAGES {
        let bearer = Authorization::Bearer(call.token);
        let answer = ask(call.configured, call.client, (Method::GET, url), bearer, Body::None, call.now).await?;
        let page = success(&answer, call.now)?;
        let installations = page.get("installations").and_then(Value::as_array).ok_or(CallError::Unreadable)?;
        let found = installations.iter().find(|one| id(one.get("id")).as_deref() == Some(installation_id));
        if let Some(installation) = found {
            return Ok(Some(account(installation, installation_id)));
        }
        match next_page(&answer.headers) {
            Some(next) => url = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// The connection is named by the installation, as webhooks are; the organisation's own id stands beside it.
fn account(installation: &Value, installation_id: &str) -> Account {
    let text = |path: &str| installation.pointer(path).and_then(Value::as_str).map(ToOwned::to_owned);
    Account {
        id: installation_id.to_owned(),
        org_id: id(installation.pointer("/account/id")),
        // Enterprises have a slug in place of a login.
        display_name: text("/account/login")
            .or_else(|| text("/account/slug"))
            .unwrap_or_else(|| installation_id.to_owned()),
        scopes: Some(permissions(installation)),
        resources: Vec::new(),
    }
}

async fn mint(
    configured: &Configured,
    client: &outbound::Client,
    installation_id: &str,
    now: DateTime<Utc>,
) -> Result<Grant, CallError> {
    let path = ["app", "installations", number(installation_id)?, "access_tokens"];
    let answer = as_app(configured, client, Method::POST, &path, now).await?;
    let minted = success(&answer, now).map_err(of_app)?;
    let text = |name: &str| minted.get(name).and_then(Value::as_str).ok_or(CallError::Unreadable);
    let expires_at = DateTime::parse_from_rfc3339(text("expires_at")?).map_err(|_| CallError::Unreadable)?;
    Ok(Grant {
        access_token: Secret::from(text("token")?),
        refresh_token: None,
        id_token: None,
        expires_at: Some(expires_at.to_utc()),
        refresh_expires_at: None,
        scopes: permissions(&minted),
        parameters: Parameters::default(),
        companion: None,
    })
}

async fn uninstall(
    configured: &Configured,
    client: &outbound::Client,
    installation_id: &str,
    now: DateTime<Utc>,
) -> Result<Revocation, CallError> {
    let path = ["app", "installations", number(installation_id)?];
    let answer = as_app(configured, client, Method::DELETE, &path, now).await?;
    match answer.status {
        StatusCode::NO_CONTENT => Ok(Revocation::Revoked),
        status if status.is_success() => Err(CallError::Unreadable),
        StatusCode::NOT_FOUND => Ok(Revocation::AlreadyGone),
        _ => Err(of_app(refusal(&answer, now))),
    }
}

async fn as_app(
    configured: &Configured,
    client: &outbound::Client,
    method: Method,
    path: &[&str],
    now: DateTime<Utc>,
) -> Result<Answer, CallError> {
    let url = join(&configured.endpoints.api, path)?;
    let jwt = jwt::sign(app(configured)?, now)?;
    ask(configured, client, (method, url), Authorization::Bearer(&jwt), Body::None, now).await
}

/// A JWT that is not accepted is our key's or clock's fault, not a dead grant.
pub(super) fn of_app(error: CallError) -> CallError {
    if matches!(error, CallError::Unauthorized) { CallError::Misconfigured } else { error }
}

fn app(configured: &Configured) -> Result<&AppSettings, CallError> {
    configured.settings.app.as_ref().ok_or(CallError::Misconfigured)
}

/// Ids are numbers; nothing else may get into a path.
fn number(installation_id: &str) -> Result<&str, CallError> {
    let digits = !installation_id.is_empty() && installation_id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(installation_id) } else { Err(CallError::NotFound) }
}

fn id(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_u64).map(|id| id.to_string())
}

/// `{"issues": "read"}` as `issues:read`, sorted.
fn permissions(holder: &Value) -> Vec<String> {
    let granted = holder.get("permissions").and_then(Value::as_object);
    let mut scopes: Vec<String> =
        granted.into_iter().flatten().filter_map(|(name, level)| Some(format!("{name}:{}", level.as_str()?))).collect();
    scopes.sort();
    scopes
}

/// The `next` of a `Link` header (RFC 8288). The client sends the token nowhere but to this provider's hosts, so a foreign
/// address in here is an error, not a leak.
pub(super) fn next_page(headers: &HeaderMap) -> Option<Url> {
    headers.get(LINK)?.to_str().ok()?.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        if next { target.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// An id out of a redirect cannot steer the app's JWT to another path.
    #[test]
    fn only_numbers_are_installation_ids() {
        assert!(number("123").is_ok());
        for text in ["", "..", "1/../../user", "-1", "1?x", "１"] {
            assert!(matches!(number(text), Err(CallError::NotFound)), "{text}");
        }
    }

    /// Paging follows `next` and stops where there is none.
    #[test]
    fn the_next_page_is_read_from_the_link_header() {
        let next = |link: &'static str| next_page(&HeaderMap::from_iter([(LINK, link.parse().unwrap())]));
        assert_eq!(
            next(r#"<https://h/a?page=1>; rel="prev", <https://h/a?page=3>; rel="next""#),
            Some("https://h/a?page=3".parse().unwrap())
        );
        assert_eq!(next(r#"<https://h/a?page=1>; rel="last""#), None);
        assert_eq!(next("nonsense"), None);
        assert_eq!(next_page(&HeaderMap::new()), None);
    }

    /// An enterprise has no login and an installation may have no account; both get a name.
    #[test]
    fn an_installation_is_an_account_by_its_own_id() {
        let expected = |org_id: Option<&str>, name: &str| Account {
            id: "5".to_owned(),
            org_id: org_id.map(ToOwned::to_owned),
            display_name: name.to_owned(),
            scopes: Some(vec!["issues:read".to_owned(), "metadata:read".to_owned()]),
            resources: Vec::new(),
        };
        let permissions = json!({"metadata": "read", "issues": "read"});
        let read =
            |account: Value| super::account(&json!({"id": 5, "account": account, "permissions": permissions}), "5");
        assert_eq!(read(json!({"id": 9, "login": "octo-org"})), expected(Some("9"), "octo-org"));
        assert_eq!(read(json!({"id": 9, "slug": "octo-inc"})), expected(Some("9"), "octo-inc"));
        assert_eq!(read(Value::Null), expected(None, "5"));
    }
}
