//! GitHub's MCP server: its tools over repositories that the person reaches.

use super::{callers::Reader, kept::change, objects::simple_user};
use crate::{
    account::Vendor,
    app::App,
    data::{Op, Order},
    ledger::Grant,
    mcp::{Effect, Server, Tool, limit, list_of, word},
};
use serde_json::{Map, Value, json};

pub(crate) const MCP: Server = Server { vendor: Vendor::Github, name: "github", tools, call };

fn tools() -> Vec<Tool> {
    let text = json!({"type": "string"});
    let place = |mut more: Value| {
        (more["owner"], more["repo"]) = (text.clone(), text.clone());
        more
    };
    let labels = json!({"type": "array", "items": {"type": "string"}});
    let scopes: &[&str] = &["repo", "public_repo"];
    vec![
        Tool {
            name: "get_me",
            title: "Get my profile",
            description: "The person behind the token.",
            input: json!({}),
            required: &[],
            output: Some(
                json!({"type": "object", "properties": {"login": {"type": "string"}, "id": {"type": "integer"}},
                                "required": ["login", "id"]}),
            ),
            effect: Effect::Reads,
            scopes: &[],
        },
        Tool {
            name: "list_repositories",
            title: "List repositories",
            description: "The repositories that the person owns.",
            input: json!({"limit": {"type": "integer", "minimum": 1, "maximum": 100}}),
            required: &[],
            output: Some(list_of("repositories")),
            effect: Effect::Reads,
            scopes: &[],
        },
        Tool {
            name: "list_issues",
            title: "List issues",
            description: "The issues of a repository, the newest first.",
            input: place(json!({"state": {"type": "string", "enum": ["open", "closed", "all"]},
                                "limit": {"type": "integer", "minimum": 1, "maximum": 100}})),
            required: &["owner", "repo"],
            output: Some(list_of("issues")),
            effect: Effect::Reads,
            scopes: &[],
        },
        Tool {
            name: "create_issue",
            title: "Create an issue",
            description: "A new issue in a repository.",
            input: place(json!({"title": text, "body": text, "labels": labels})),
            required: &["owner", "repo", "title"],
            output: None,
            effect: Effect::Adds,
            scopes,
        },
        Tool {
            name: "update_issue",
            title: "Update an issue",
            description: "Writes over what is named of an issue, and closes or opens it.",
            input: place(json!({"issue_number": {"type": "integer", "minimum": 1}, "title": text, "body": text,
                                "labels": labels, "state": {"type": "string", "enum": ["open", "closed"]}})),
            required: &["owner", "repo", "issue_number"],
            output: None,
            effect: Effect::Overwrites,
            scopes,
        },
    ]
}

fn call(app: &App, grant: &Grant, name: &str, arguments: &Map<String, Value>) -> Result<Value, String> {
    match name {
        "get_me" => Ok(simple_user(app, &grant.account)),
        "list_repositories" => {
            let reader = Reader::Person(grant.clone());
            let mut all = app.data.github().repositories(app, &grant.account);
            all.retain(|one| reader.reaches(app, &grant.account, one["private"] == true));
            all.truncate(limit(arguments));
            Ok(json!({"repositories": all}))
        }
        "list_issues" => {
            let state = Some(word(arguments, "state")).filter(|state| !state.is_empty()).unwrap_or("open");
            let mut issues = issues(app, grant, arguments)?;
            issues.retain(|issue| state == "all" || issue["state"] == state);
            issues.truncate(limit(arguments));
            Ok(json!({"issues": issues}))
        }
        "create_issue" => {
            let repository = reached(app, grant, arguments)?;
            carry_out(app, &Order::of(&grant.account, "issue", Op::Create, None, item(&repository, arguments)))
        }
        "update_issue" => {
            let number = &arguments["issue_number"];
            let issue = issues(app, grant, arguments)?.into_iter().find(|issue| issue["number"] == *number);
            let id = issue.ok_or_else(|| format!("There is no issue {number}."))?["id"].to_string();
            let repository = reached(app, grant, arguments)?;
            carry_out(app, &Order::of(&grant.account, "issue", Op::Update, Some(&id), item(&repository, arguments)))
        }
        _ => Err("There is no such tool.".to_owned()),
    }
}

/// The full name of the repository, if the person is let into it.
fn reached(app: &App, grant: &Grant, arguments: &Map<String, Value>) -> Result<String, String> {
    let full_name = format!("{}/{}", word(arguments, "owner"), word(arguments, "repo"));
    let missing = || format!("There is no repository {full_name}.");
    let found = app.data.github().find(app, &full_name).map(|found| (found.owner.clone(), found.is("private")));
    let (owner, is_private) = found.ok_or_else(missing)?;
    if Reader::Person(grant.clone()).reaches(app, &owner, is_private) { Ok(full_name) } else { Err(missing()) }
}

/// Those of a repository, the newest first.
fn issues(app: &App, grant: &Grant, arguments: &Map<String, Value>) -> Result<Vec<Value>, String> {
    let repository = reached(app, grant, arguments)?;
    let mut kept = app.data.github();
    let found = kept.find(app, &repository).ok_or("There is no such repository.")?;
    let place = found.place(app);
    let mut issues: Vec<Value> =
        found.content.issues.living().map(|thing| place.shown(super::content::Kind::Issue, thing)).collect();
    issues.sort_by_key(|issue| std::cmp::Reverse(issue["number"].as_u64()));
    Ok(issues)
}

/// What is written of an issue.
fn item(repository: &str, arguments: &Map<String, Value>) -> Value {
    let names = ["title", "body", "labels", "state"];
    let told = names.iter().filter_map(|name| Some(((*name).to_owned(), arguments.get(*name)?.clone())));
    let mut item: Map<String, Value> = told.collect();
    item.insert("repository".to_owned(), json!(repository));
    Value::Object(item)
}

fn carry_out(app: &App, order: &Order) -> Result<Value, String> {
    change(app, order).map(|done| done.item).map_err(|why| why.to_string())
}
