//! GitHub's objects, as far as the connectors read them.

use crate::{account::Account, app::App, config::GithubApp, ledger::Installation};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn node_id(kind: &str, id: u64) -> String {
    STANDARD.encode(format!("{:03}:{kind}{id}", kind.len()))
}

/// A user or an organization, as other objects contain it.
pub(super) fn simple_user(app: &App, account: &Account) -> Value {
    let (kind, id) = (account.github_type(), app.people.github_id(account));
    json!({
        "login": account.name(),
        "id": id,
        "node_id": node_id(kind, id),
        "avatar_url": format!("{}/avatars/{account}", app.url),
        "url": format!("{}/github/api/v3/users/{account}", app.url),
        "html_url": format!("{}/github/{account}", app.url),
        "type": kind,
        "site_admin": false,
    })
}

pub(super) fn app(app: &App, registered: &GithubApp, installations: usize) -> Value {
    json!({
        "id": registered.id,
        "client_id": app.config.github.client_id,
        "slug": registered.slug,
        "node_id": node_id("Integration", registered.id),
        "owner": simple_user(app, &Account::default()),
        "name": registered.slug,
        "description": "A local stand-in",
        "external_url": app.url,
        "html_url": format!("{}/github/apps/{}", app.url, registered.slug),
        "permissions": permissions(),
        "events": EVENTS,
        "installations_count": installations,
    })
}

const EVENTS: [&str; 5] = ["issue_comment", "issues", "pull_request", "push", "release"];

pub(super) fn permissions() -> Value {
    json!({"contents": "read", "issues": "read", "metadata": "read", "pull_requests": "read"})
}

pub(crate) fn installation(app: &App, it: &Installation) -> Value {
    let (app_id, slug) = app.config.github.app.as_ref().map_or((0, ""), |app| (app.id, app.slug.as_str()));
    let api = format!("{}/github/api/v3", app.url);
    json!({
        "id": it.id,
        "account": simple_user(app, &it.account),
        "repository_selection": "all",
        "access_tokens_url": format!("{api}/app/installations/{}/access_tokens", it.id),
        "repositories_url": format!("{api}/installation/repositories"),
        "html_url": format!("{}/github/settings/installations/{}", app.url, it.id),
        "app_id": app_id,
        "app_slug": slug,
        "client_id": app.config.github.client_id,
        "target_id": app.people.github_id(&it.account),
        "target_type": it.account.github_type(),
        "permissions": permissions(),
        "events": EVENTS,
        "created_at": timestamp(it.created_at),
        "updated_at": timestamp(it.suspended_at.unwrap_or(it.created_at)),
        "single_file_name": null,
        "suspended_by": it.suspended_at.map(|_| simple_user(app, &it.installed_by)),
        "suspended_at": it.suspended_at.map(timestamp),
    })
}

/// The repository that every account begins with.
pub(super) const REPOSITORY: &str = "hello";

/// Its number: any that no other account's repository has will do.
pub(super) fn first_repository_id(app: &App, owner: &Account) -> u64 {
    app.people.github_id(owner).saturating_add(20_000_000_000)
}

/// A repository, as events and lists begin to describe it.
pub(super) fn repository(app: &App, owner: &Account, id: u64, name: &str) -> Value {
    json!({
        "id": id,
        "node_id": node_id("Repository", id),
        "name": name,
        "full_name": format!("{owner}/{name}"),
        "private": false,
        "owner": simple_user(app, owner),
        "html_url": format!("{}/github/{owner}/{name}", app.url),
        "url": format!("{}/github/api/v3/repos/{owner}/{name}", app.url),
        "description": "The repository of the sandbox",
        "fork": false,
        "default_branch": "main",
    })
}
