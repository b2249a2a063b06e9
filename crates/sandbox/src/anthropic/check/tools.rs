//! The tools that a request offers, and which of them it wants to be used.

use super::{Checked, is_word};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub(in crate::anthropic) struct Tool {
    pub(in crate::anthropic) name: String,
    pub(in crate::anthropic) schema: Value,
}

#[derive(Clone, PartialEq, Eq)]
pub(in crate::anthropic) enum Choice {
    Auto,
    Any,
    None,
    Tool(String),
}

pub(super) fn tools(list: Option<&Value>) -> Checked<Vec<Tool>> {
    let list = match list {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err("tools: Input should be a valid list".to_owned()),
    };
    let mut names = BTreeSet::new();
    let mut tools = Vec::new();
    for (at, tool) in list.iter().enumerate() {
        let name = tool["name"].as_str().ok_or_else(|| format!("tools.{at}.name: Field required"))?;
        if !is_word(name, b"_-") {
            return Err(format!("tools.{at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'"));
        }
        if !names.insert(name) {
            return Err("tools: Tool names must be unique.".to_owned());
        }
        if tool.get("type").is_some_and(|kind| kind != "custom") {
            return Err(format!("tools.{at}.type: the sandbox has no tools of the server's own"));
        }
        if tool.get("description").is_some_and(|it| !it.is_string()) {
            return Err(format!("tools.{at}.custom.description: Input should be a valid string"));
        }
        let schema =
            tool.get("input_schema").ok_or_else(|| format!("tools.{at}.custom.input_schema: Field required"))?;
        let place = format!("tools.{at}.custom.input_schema");
        if schema["type"] != "object" {
            return Err(format!("{place}.type: Input should be 'object'"));
        }
        if let Some(word) = ["oneOf", "allOf", "anyOf"].iter().find(|word| schema.get(**word).is_some()) {
            return Err(format!("{place}: input_schema does not support {word} at the top level"));
        }
        properties(schema, &place)?;
        tools.push(Tool { name: name.to_owned(), schema: schema.clone() });
    }
    Ok(tools)
}

/// The names of what a tool takes, in objects inside of it too.
fn properties(schema: &Value, place: &str) -> Checked<()> {
    match schema.get("properties") {
        None => Ok(()),
        Some(Value::Object(members)) => members.iter().try_for_each(|(name, inner)| {
            if !is_word(name, b"_.-") {
                return Err(format!("{place}.properties: Property keys should match '^[a-zA-Z0-9_.-]{{1,64}}$'"));
            }
            properties(inner, place)
        }),
        Some(_) => Err(format!("{place}.properties: Input should be an object")),
    }
}

pub(super) fn choice(members: &Map<String, Value>, tools: &[Tool]) -> Checked<(Choice, bool)> {
    let Some(wish) = members.get("tool_choice") else { return Ok((Choice::Auto, true)) };
    if tools.is_empty() {
        return Err("tool_choice: may only be specified while providing tools".to_owned());
    }
    let choice = match wish["type"].as_str() {
        Some("auto") => Choice::Auto,
        Some("any") => Choice::Any,
        Some("none") => Choice::None,
        Some("tool") => {
            let name = wish["name"].as_str().ok_or("tool_choice.tool.name: Field required")?;
            if !tools.iter().any(|tool| tool.name == name) {
                return Err(format!("tool_choice: Tool '{name}' not found in provided tools"));
            }
            Choice::Tool(name.to_owned())
        }
        _ => return Err("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'".to_owned()),
    };
    let thinks = members.get("thinking").is_some_and(|thinking| thinking["type"] != "disabled");
    if thinks && matches!(choice, Choice::Any | Choice::Tool(_)) {
        return Err("tool_choice: Thinking may not be enabled when tool_choice forces tool use.".to_owned());
    }
    Ok((choice, wish["disable_parallel_tool_use"] != true))
}
