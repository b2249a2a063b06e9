//! The body that makes a hook, and what is wrong with one.

use super::super::answers::Invalid;
use kernel::Secret;
use serde::Deserialize;
use serde_json::Value;

/// What a repository's hook can be told of. `installation` and the like are the App's own.
const EVENTS: &str = "* branch_protection_configuration branch_protection_rule check_run check_suite code_scanning_alert \
    commit_comment create delete dependabot_alert deploy_key deployment deployment_status discussion discussion_comment \
    fork gollum issue_comment issues label member meta milestone package page_build ping project project_card \
    project_column public pull_request pull_request_review pull_request_review_comment pull_request_review_thread push \
    registry_package release repository repository_advisory repository_import repository_ruleset \
    repository_vulnerability_alert secret_scanning_alert secret_scanning_alert_location security_and_analysis star \
    status sub_issues team_add watch workflow_job workflow_run";
/// Longer addresses and secrets are somebody's mistake.
const LONGEST: usize = 2048;

#[derive(Deserialize)]
pub(super) struct Wish {
    name: Option<String>,
    active: Option<bool>,
    events: Option<Vec<String>>,
    config: Option<Config>,
}

#[derive(Deserialize)]
struct Config {
    url: Option<String>,
    content_type: Option<String>,
    secret: Option<Secret>,
    /// `"0"`, `"1"`, or the same as a number.
    insecure_ssl: Option<Value>,
}

pub(super) struct Wanted {
    pub(super) url: String,
    pub(super) events: Vec<String>,
    pub(super) secret: Option<Secret>,
    pub(super) active: bool,
    pub(super) is_form: bool,
    pub(super) insecure_ssl: bool,
}

pub(super) fn invalid(field: Option<&'static str>, message: &str) -> Invalid {
    Invalid { resource: "Hook", field, message: message.to_owned() }
}

impl Wish {
    pub(super) fn read(self) -> Result<Wanted, Invalid> {
        if self.name.is_some_and(|name| name != "web") {
            return Err(invalid(Some("name"), "name must be web"));
        }
        let config = self.config.ok_or_else(|| invalid(Some("config"), "config is missing"))?;
        let url = config.url.filter(|url| (1..=LONGEST).contains(&url.len()));
        let url = url.ok_or_else(|| invalid(Some("url"), "url is missing or too long"))?;
        let is_form = match config.content_type.as_deref() {
            // Whoever does not ask for JSON gets a form.
            None | Some("form") => true,
            Some("json") => false,
            Some(_) => return Err(invalid(Some("content_type"), "content_type must be json or form")),
        };
        let insecure_ssl = config.insecure_ssl.is_some_and(|it| it == 1 || it == "1");
        if config.secret.as_ref().is_some_and(|secret| secret.expose().len() > LONGEST) {
            return Err(invalid(Some("secret"), "secret is too long"));
        }
        let mut events = self.events.unwrap_or_else(|| vec!["push".to_owned()]);
        events.sort();
        events.dedup();
        if let Some(unknown) = events.iter().find(|event| !EVENTS.split_whitespace().any(|known| known == *event)) {
            return Err(invalid(Some("events"), &format!("{unknown:?} is not an event of repositories")));
        }
        if events.is_empty() {
            return Err(invalid(Some("events"), "events must not be empty"));
        }
        // An empty secret is none: GitHub then sends no signature.
        let secret = config.secret.filter(|secret| !secret.expose().is_empty());
        Ok(Wanted { url, events, secret, active: self.active.unwrap_or(true), is_form, insecure_ssl })
    }
}
