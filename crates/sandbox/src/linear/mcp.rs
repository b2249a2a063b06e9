//! Linear's MCP server: its tools over the workspace.

use super::kept::{Workspace, change};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Op, Order, Shelf, Thing},
    ledger::Grant,
    mcp::{Effect, Server, Tool, limit, list_of, word},
};
use serde_json::{Map, Value, json};

pub(crate) const MCP: Server = Server { vendor: Vendor::Linear, name: "linear", tools, call };

fn tools() -> Vec<Tool> {
    let text = json!({"type": "string"});
    let issue = json!({"type": "string", "description": "The issue's id, or its identifier such as ENG-1"});
    let priority = json!({"type": "integer", "minimum": 0, "maximum": 4});
    let reads: &[&str] = &["read"];
    let writes: &[&str] = &["write"];
    vec![
        Tool {
            name: "list_issues",
            title: "List issues",
            description: "The issues of the workspace, the one that changed last first.",
            input: json!({"query": {"type": "string", "description": "What their titles contain"}, "team": text,
                          "limit": {"type": "integer", "minimum": 1, "maximum": 250}}),
            required: &[],
            output: Some(list_of("issues")),
            effect: Effect::Reads,
            scopes: reads,
        },
        Tool {
            name: "get_issue",
            title: "Get an issue",
            description: "One issue with its comments.",
            input: json!({"id": issue}),
            required: &["id"],
            output: None,
            effect: Effect::Reads,
            scopes: reads,
        },
        Tool {
            name: "list_teams",
            title: "List teams",
            description: "The teams of the workspace.",
            input: json!({}),
            required: &[],
            output: Some(list_of("teams")),
            effect: Effect::Reads,
            scopes: reads,
        },
        Tool {
            name: "create_issue",
            title: "Create an issue",
            description: "A new issue, in the team that is named by its key or in the first one.",
            input: json!({"title": text, "description": text, "team": text, "priority": priority}),
            required: &["title"],
            output: None,
            effect: Effect::Adds,
            scopes: &["write", "issues:create"],
        },
        Tool {
            name: "create_comment",
            title: "Create a comment",
            description: "A new comment on an issue.",
            input: json!({"issueId": issue, "body": text}),
            required: &["issueId", "body"],
            output: None,
            effect: Effect::Adds,
            scopes: &["write", "comments:create"],
        },
        Tool {
            name: "update_issue",
            title: "Update an issue",
            description: "Writes over what is named of an issue.",
            input: json!({"id": issue, "title": text, "description": text, "priority": priority}),
            required: &["id"],
            output: None,
            effect: Effect::Overwrites,
            scopes: writes,
        },
    ]
}

fn call(app: &App, grant: &Grant, name: &str, arguments: &Map<String, Value>) -> Result<Value, String> {
    let account = &grant.account;
    match name {
        "list_issues" => {
            let (query, team) = (word(arguments, "query").to_lowercase(), word(arguments, "team"));
            let mut issues = shown(app, account, "issues");
            issues.retain(|issue| {
                let title = issue["title"].as_str().unwrap_or_default().to_lowercase();
                title.contains(&query) && (team.is_empty() || issue["team"]["key"] == team)
            });
            issues.truncate(limit(arguments));
            Ok(json!({"issues": issues}))
        }
        "list_teams" => Ok(json!({"teams": shown(app, account, "teams")})),
        "get_issue" => {
            let id = named(app, account, word(arguments, "id"))?;
            let issue = shown(app, account, "issues").into_iter().find(|issue| issue["id"] == id);
            let mut issue = issue.ok_or("There is no such issue.")?;
            let mut comments = shown(app, account, "comments");
            comments.retain(|comment| comment["issue"]["id"] == id);
            issue["comments"] =
                comments.into_iter().map(|comment| json!({"id": comment["id"], "body": comment["body"]})).collect();
            Ok(issue)
        }
        "create_issue" => {
            let mut item = arguments.clone();
            if let Some(team) = item.remove("team") {
                item.insert("team".to_owned(), json!({"key": team}));
            }
            carry_out(app, &Order::of(account, "issue", Op::Create, None, Value::Object(item)))
        }
        "create_comment" => {
            let id = named(app, account, word(arguments, "issueId"))?;
            let item = json!({"body": arguments.get("body"), "issue": {"id": id}});
            carry_out(app, &Order::of(account, "comment", Op::Create, None, item))
        }
        "update_issue" => {
            let id = named(app, account, word(arguments, "id"))?;
            let mut item = arguments.clone();
            item.remove("id");
            carry_out(app, &Order::of(account, "issue", Op::Update, Some(&id), Value::Object(item)))
        }
        _ => Err("There is no such tool.".to_owned()),
    }
}

fn carry_out(app: &App, order: &Order) -> Result<Value, String> {
    change(app, order).map(|done| done.item).map_err(|why| why.to_string())
}

/// A list of the workspace, the thing that changed last first.
fn shown(app: &App, account: &Account, list: &str) -> Vec<Value> {
    let mut kept = app.data.linear();
    let workspace: &Workspace = kept.of(account);
    let mut things: Vec<&Thing> = workspace.shelf(list).into_iter().flat_map(Shelf::living).collect();
    things.sort_by_key(|thing| std::cmp::Reverse(thing.serial));
    things.into_iter().map(|thing| workspace.shown(app, account, list, thing)).collect()
}

/// The id of an issue that is named by it or by its identifier.
fn named(app: &App, account: &Account, name: &str) -> Result<String, String> {
    let mut kept = app.data.linear();
    let found = kept.of(account).issues.living().find(|issue| issue.id == name || issue.value["identifier"] == name);
    found.map(|issue| issue.id.clone()).ok_or_else(|| format!("There is no issue {name}."))
}
