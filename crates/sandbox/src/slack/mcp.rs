//! Slack's MCP server: channels, and what is said in them.

use super::kept::{change, channel, is_visible};
use crate::{
    account::Vendor,
    app::App,
    data::{Op, Order},
    ledger::Grant,
    mcp::{Effect, Server, Tool, limit, list_of, word},
};
use serde_json::{Map, Value, json};

pub(crate) const MCP: Server = Server { vendor: Vendor::Slack, name: "slack", tools, call };

fn tools() -> Vec<Tool> {
    let text = json!({"type": "string"});
    let most = json!({"type": "integer", "minimum": 1, "maximum": 200});
    vec![
        Tool {
            name: "slack_list_channels",
            title: "List channels",
            description: "The channels of the workspace.",
            input: json!({"limit": most}),
            required: &[],
            output: Some(list_of("channels")),
            effect: Effect::Reads,
            scopes: &["channels:read"],
        },
        Tool {
            name: "slack_read_channel",
            title: "Read a channel",
            description: "What was said in a channel, the newest first.",
            input: json!({"channel_id": text, "limit": most}),
            required: &["channel_id"],
            output: Some(list_of("messages")),
            effect: Effect::Reads,
            scopes: &["channels:history"],
        },
        Tool {
            name: "slack_send_message",
            title: "Send a message",
            description: "Says something in a channel.",
            input: json!({"channel_id": text, "text": text}),
            required: &["channel_id", "text"],
            output: None,
            effect: Effect::Adds,
            scopes: &["chat:write"],
        },
    ]
}

fn call(app: &App, grant: &Grant, name: &str, arguments: &Map<String, Value>) -> Result<Value, String> {
    let (account, id) = (&grant.account, word(arguments, "channel_id"));
    match name {
        "slack_list_channels" => {
            let mut kept = app.data.slack();
            let channels = kept.of(account).channels.living().filter(|one| is_visible(&one.value));
            let channels: Vec<Value> = channels.take(limit(arguments)).map(|one| channel(app, account, one)).collect();
            Ok(json!({"channels": channels}))
        }
        "slack_read_channel" => {
            let mut kept = app.data.slack();
            let workspace = kept.of(account);
            workspace.channels.get(id).filter(|one| is_visible(&one.value)).ok_or("channel_not_found")?;
            let of_channel = |one: &&crate::data::Thing| one.id.split_once(':').is_some_and(|(of, _)| of == id);
            let mut messages: Vec<Value> =
                workspace.messages.living().filter(of_channel).map(|one| one.value.clone()).collect();
            messages.reverse();
            messages.truncate(limit(arguments));
            Ok(json!({"messages": messages}))
        }
        "slack_send_message" => {
            let item = json!({"channel": id, "text": word(arguments, "text")});
            let done = change(app, &Order::of(account, "message", Op::Create, None, item));
            done.map(|done| done.item).map_err(|why| why.to_string())
        }
        _ => Err("There is no such tool.".to_owned()),
    }
}
