//! Atlassian's MCP server: Jira's issues on the person's first site.

use super::{issues::all, kept::change};
use crate::{
    account::Vendor,
    app::App,
    data::{Op, Order},
    ledger::Grant,
    mcp::{Effect, Server, Tool, limit, list_of, word},
};
use serde_json::{Map, Value, json};

pub(crate) const MCP: Server = Server { vendor: Vendor::Atlassian, name: "atlassian", tools, call };

fn tools() -> Vec<Tool> {
    let text = json!({"type": "string"});
    let key = json!({"type": "string", "description": "The issue's id, or its key such as ED-1"});
    vec![
        Tool {
            name: "listJiraIssues",
            title: "List issues",
            description: "The issues of the site, the one that changed last first.",
            input: json!({"project": text, "limit": {"type": "integer", "minimum": 1, "maximum": 100}}),
            required: &[],
            output: Some(list_of("issues")),
            effect: Effect::Reads,
            scopes: &["read:jira-work"],
        },
        Tool {
            name: "getJiraIssue",
            title: "Get an issue",
            description: "One issue.",
            input: json!({"issueIdOrKey": key}),
            required: &["issueIdOrKey"],
            output: None,
            effect: Effect::Reads,
            scopes: &["read:jira-work"],
        },
        Tool {
            name: "createJiraIssue",
            title: "Create an issue",
            description: "A new issue in a project.",
            input: json!({"projectKey": text, "summary": text}),
            required: &["projectKey", "summary"],
            output: None,
            effect: Effect::Adds,
            scopes: &["write:jira-work"],
        },
        Tool {
            name: "editJiraIssue",
            title: "Edit an issue",
            description: "Writes over the fields that are named.",
            input: json!({"issueIdOrKey": key, "fields": {"type": "object"}}),
            required: &["issueIdOrKey", "fields"],
            output: None,
            effect: Effect::Overwrites,
            scopes: &["write:jira-work"],
        },
    ]
}

fn call(app: &App, grant: &Grant, name: &str, arguments: &Map<String, Value>) -> Result<Value, String> {
    let account = &grant.account;
    let named = || {
        let name = word(arguments, "issueIdOrKey");
        let found = all(app, account).into_iter().find(|issue| issue["id"] == name || issue["key"] == name);
        found.ok_or_else(|| format!("There is no issue {name}."))
    };
    match name {
        "listJiraIssues" => {
            let project = word(arguments, "project");
            let mut issues = all(app, account);
            issues.retain(|issue| project.is_empty() || issue["fields"]["project"]["key"] == project);
            issues.truncate(limit(arguments));
            Ok(json!({"issues": issues}))
        }
        "getJiraIssue" => named(),
        "createJiraIssue" => {
            let fields =
                json!({"project": {"key": word(arguments, "projectKey")}, "summary": word(arguments, "summary")});
            carry_out(app, &Order::of(account, "issue", Op::Create, None, json!({"fields": fields})))
        }
        "editJiraIssue" => {
            let issue = named()?;
            let item = json!({"fields": arguments["fields"]});
            carry_out(app, &Order::of(account, "issue", Op::Update, issue["id"].as_str(), item))
        }
        _ => Err("There is no such tool.".to_owned()),
    }
}

fn carry_out(app: &App, order: &Order) -> Result<Value, String> {
    change(app, order).map(|done| done.item).map_err(|why| why.to_string())
}
