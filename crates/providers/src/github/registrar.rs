//! Hooks of repositories, which an OAuth app has to register one by one. A GitHub App has one hook for all that it is installed
//! on.

use super::{
    api::{ask, identify, refusal, success},
    app::next_page,
    missed,
};
use crate::{
    Call, CallError, Configured, Missed, Order, Registered, Registrar, Renewal, Standing, Watch,
    call::{Authorization, Body, join, json},
};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use outbound::Answer;
use serde_json::{Value, json};
use url::Url;

/// What is read out of a repository's hook, and may be registered for one.
const EVENTS: &[&str] = &[
    "commit_comment",
    "create",
    "delete",
    "discussion",
    "discussion_comment",
    "issue_comment",
    "issues",
    "meta",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "release",
    "repository",
    "star",
    "workflow_run",
];
/// Either lets a token register hooks and remove them; `write:repo_hook` could not remove what it registered.
const SCOPES: &[&str] = &["repo", "admin:repo_hook"];
/// What a token of an installation begins with. No person stands behind it.
const INSTALLATION: &str = "ghs_";
/// Repositories of one account that are watched, those first that were pushed to last.
const MOST_REPOSITORIES: usize = 100;
/// Pages of a hundred repositories that are looked through for them.
const MOST_REPOSITORY_PAGES: usize = 10;
/// GitHub allows 20 hooks an event and repository.
const MOST_HOOK_PAGES: usize = 5;

pub(super) struct Hooks;

impl Registrar for Hooks {
    fn wanted<'a>(&'a self, call: Call<'a>, _: &'a [String]) -> BoxFuture<'a, Result<Vec<Watch>, CallError>> {
        Box::pin(wanted(call))
    }

    fn is_one_address(&self) -> bool {
        false
    }

    fn register<'a>(&'a self, call: Call<'a>, order: Order<'a>) -> BoxFuture<'a, Result<Registered, CallError>> {
        Box::pin(register(call, order))
    }

    /// They have no end.
    fn renew<'a>(&'a self, _: Call<'a>, _: &'a Registered) -> BoxFuture<'a, Result<Renewal, CallError>> {
        Box::pin(async { Ok(Renewal::Extended { expires_at: None }) })
    }

    fn look<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<Standing, CallError>> {
        Box::pin(look(call, target, hook))
    }

    fn remove<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(remove(call, target, hook))
    }

    fn missed(&self) -> Option<&dyn Missed> {
        Some(self)
    }
}

impl Missed for Hooks {
    fn redeliver<'a>(
        &'a self,
        configured: &'a Configured,
        client: &'a outbound::Client,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<usize, CallError>> {
        Box::pin(missed::of_app(configured, client, since, now))
    }

    fn redeliver_of<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
        since: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<usize, CallError>> {
        Box::pin(missed::of_hook(call, target, hook, since))
    }
}

/// The repositories that the person administers. Only tokens of OAuth apps have scopes, so a person who came through a GitHub
/// App is told apart by having none.
async fn wanted(call: Call<'_>) -> Result<Vec<Watch>, CallError> {
    if is_installation(call) {
        return Ok(Vec::new());
    }
    let scopes = identify(call).await?.scopes.unwrap_or_default();
    if !scopes.iter().any(|scope| SCOPES.contains(&scope.as_str())) {
        return Ok(Vec::new());
    }
    let mut url = join(&call.configured.endpoints.api, &["user", "repos"])?;
    url.query_pairs_mut().append_pair("sort", "pushed").append_pair("per_page", "100");
    let mut found = Vec::new();
    for _ in 0..MOST_REPOSITORY_PAGES {
        let answer = send(call, Method::GET, url, Body::None).await?;
        let page = success(&answer, call.now)?;
        for repository in page.as_array().ok_or(CallError::Unreadable)? {
            let is = |path: &str| repository.pointer(path).and_then(Value::as_bool).unwrap_or_default();
            let name = repository.get("full_name").and_then(Value::as_str).filter(|name| parts(name).is_ok());
            // Nothing happens any more in an archived one.
            if let Some(name) = name.filter(|_| is("/permissions/admin") && !is("/archived")) {
                found.push(Watch { target: name.to_owned() });
            }
        }
        match next_page(&answer.headers) {
            Some(next) if found.len() < MOST_REPOSITORIES => url = next,
            _ => break,
        }
    }
    found.truncate(MOST_REPOSITORIES);
    Ok(found)
}

async fn register(call: Call<'_>, order: Order<'_>) -> Result<Registered, CallError> {
    if let Some(hook) = existing(call, &order).await? {
        return registered(&hook);
    }
    let body = Body::Json(json!({
        "name": "web", "active": true, "events": EVENTS,
        "config": {
            // Without it the body would be a form.
            "content_type": "json",
            "url": order.callback.as_str(),
            "secret": order.secret.expose(),
            "insecure_ssl": "0",
        },
    }));
    let answer = send(call, Method::POST, path(call, order.target, &[])?, body).await?;
    registered(&success(&answer, call.now)?)
}

/// The one that posts to the same address, from a time before we noted it. One that was switched off goes away, so that
/// another takes its place.
async fn existing(call: Call<'_>, order: &Order<'_>) -> Result<Option<Value>, CallError> {
    let mut url = path(call, order.target, &[])?;
    url.query_pairs_mut().append_pair("per_page", "100");
    for _ in 0..MOST_HOOK_PAGES {
        let answer = send(call, Method::GET, url, Body::None).await?;
        let page = success(&answer, call.now)?;
        let hooks = page.as_array().ok_or(CallError::Unreadable)?;
        let posts_here =
            |hook: &&Value| hook.pointer("/config/url").and_then(Value::as_str) == Some(order.callback.as_str());
        if let Some(hook) = hooks.iter().find(posts_here) {
            if hook.get("active") != Some(&Value::Bool(false)) {
                return Ok(Some(hook.clone()));
            }
            remove(call, order.target, &registered(hook)?).await?;
            return Ok(None);
        }
        match next_page(&answer.headers) {
            Some(next) => url = next,
            None => break,
        }
    }
    Ok(None)
}

async fn look(call: Call<'_>, target: &str, hook: &Registered) -> Result<Standing, CallError> {
    let answer = send(call, Method::GET, path(call, target, &[number(hook)?])?, Body::None).await?;
    match answer.status {
        StatusCode::NOT_FOUND => Ok(Standing::Missing),
        status if status.is_success() => match json(&answer)?.get("active").and_then(Value::as_bool) {
            Some(true) => Ok(Standing::Good { expires_at: None }),
            Some(false) => Ok(Standing::Missing),
            None => Err(CallError::Unreadable),
        },
        _ => Err(refusal(&answer, call.now)),
    }
}

async fn remove(call: Call<'_>, target: &str, hook: &Registered) -> Result<(), CallError> {
    let answer = send(call, Method::DELETE, path(call, target, &[number(hook)?])?, Body::None).await?;
    match answer.status {
        StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(()),
        status if status.is_success() => Err(CallError::Unreadable),
        _ => Err(refusal(&answer, call.now)),
    }
}

fn registered(hook: &Value) -> Result<Registered, CallError> {
    let id = hook.get("id").and_then(Value::as_u64).ok_or(CallError::Unreadable)?;
    Ok(Registered { external_id: id.to_string(), resource: None, expires_at: None })
}

/// Whether the token is an installation's.
pub(super) fn is_installation(call: Call<'_>) -> bool {
    call.token.expose().starts_with(INSTALLATION)
}

async fn send(call: Call<'_>, method: Method, url: Url, body: Body) -> Result<Answer, CallError> {
    ask(call.configured, call.client, (method, url), Authorization::Bearer(call.token), body, call.now).await
}

/// Below a repository's hooks.
pub(super) fn path(call: Call<'_>, target: &str, below: &[&str]) -> Result<Url, CallError> {
    let (owner, name) = parts(target)?;
    join(&call.configured.endpoints.api, &[&["repos", owner, name, "hooks"], below].concat())
}

/// `owner/name`, neither of which may lead elsewhere.
pub(super) fn parts(target: &str) -> Result<(&str, &str), CallError> {
    let fits = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        letters && !part.is_empty() && part.len() <= 100 && part != "." && part != ".."
    };
    let found = target.split_once('/').filter(|(owner, name)| fits(owner) && fits(name));
    found.ok_or(CallError::NotFound)
}

pub(super) fn number(hook: &Registered) -> Result<&str, CallError> {
    let id = hook.external_id.as_str();
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(id) } else { Err(CallError::NotFound) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name out of a list cannot steer the token to another path.
    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        assert!(matches!(parts("octo-org/garden.rs_1"), Ok(("octo-org", "garden.rs_1"))));
        for text in ["", "octo", "octo/", "/garden", "octo/..", "../x", "octo/a/b", "octo/a?b", "octo/ä", "octo/%2e"] {
            assert!(matches!(parts(text), Err(CallError::NotFound)), "{text}");
        }
    }
}
