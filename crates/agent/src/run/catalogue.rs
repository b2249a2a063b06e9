//! How the model gets to know the tools: all of them at once, or two tools that look for one and call it.

use crate::{Definition, Outcome, Toolbox, shown};
use serde_json::{Map, Value, json};

/// Beyond so many bytes of definitions, about 8,000 tokens, a list of tools costs more than searching in it.
const WORTH_LISTING: usize = 32_000;
/// Tools in one answer of the search.
const FOUND: usize = 8;
/// Names in an answer to an empty search.
const NAMED: usize = 200;
/// Of a description in an answer, in characters.
const DESCRIPTION: usize = 500;
const SEARCH: &str = "search_tools";
const INVOKE: &str = "invoke_tool";

/// How the tools are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Each with its definition.
    All,
    /// Through a search. The prompt stays small, whatever their number.
    Search,
}

impl Mode {
    /// The one that costs less.
    pub fn fitting(toolbox: &Toolbox) -> Self {
        let bytes: usize = toolbox.offered().iter().map(|tool| size(&tool.definition())).sum();
        if bytes > WORTH_LISTING { Self::Search } else { Self::All }
    }
}

fn size(definition: &Definition) -> usize {
    let schema = Value::Object(definition.input_schema.clone()).to_string();
    definition.name.len() + definition.description.len() + schema.len()
}

/// What a name stands for.
pub(super) enum Meant {
    /// A tool of the toolbox.
    Tool(String, Map<String, Value>),
    /// Answered at once.
    Answer(Outcome),
}

pub(super) fn definitions(toolbox: &Toolbox, mode: Mode) -> Vec<Definition> {
    match mode {
        Mode::All => toolbox.offered().iter().map(crate::toolbox::Offered::definition).collect(),
        Mode::Search => vec![search_tools(toolbox.offered().len()), invoke_tool()],
    }
}

fn object(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

fn search_tools(count: usize) -> Definition {
    Definition {
        name: SEARCH.to_owned(),
        description: format!(
            "Finds tools among the {count} that you have, by words of what is to be done. Answers with names, descriptions and input \
             schemas; call what you have found with {INVOKE}. An empty query lists names."
        ),
        input_schema: object(json!({
            "type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"],
        })),
    }
}

fn invoke_tool() -> Definition {
    Definition {
        name: INVOKE.to_owned(),
        description: format!(
            "Calls a tool that {SEARCH} has found, by its name, with arguments that its input schema takes."
        ),
        input_schema: object(json!({
            "type": "object", "properties": {"name": {"type": "string"}, "arguments": {"type": "object"}},
            "required": ["name", "arguments"],
        })),
    }
}

/// What the model means by a call.
pub(super) fn meant(toolbox: &Toolbox, mode: Mode, name: &str, input: &Value) -> Meant {
    let arguments = |value: &Value| value.as_object().cloned().unwrap_or_default();
    match (mode, name) {
        (Mode::Search, SEARCH) => Meant::Answer(search(toolbox, input["query"].as_str().unwrap_or_default())),
        (Mode::Search, INVOKE) => {
            Meant::Tool(input["name"].as_str().unwrap_or_default().to_owned(), arguments(&input["arguments"]))
        }
        _ => Meant::Tool(name.to_owned(), arguments(input)),
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
    words.map(str::to_lowercase)
}

/// Those that have most of the words, a word of the name worth three of the description.
fn search(toolbox: &Toolbox, query: &str) -> Outcome {
    let wanted: Vec<String> = words(query).collect();
    if wanted.is_empty() {
        let names: Vec<&str> = toolbox.offered().iter().map(|tool| tool.name.as_str()).take(NAMED).collect();
        return Outcome::text(json!({"names": names, "of": toolbox.offered().len()}).to_string());
    }
    let score = |tool: &crate::toolbox::Offered| -> usize {
        let (name, about) = (tool.name.to_lowercase(), format!("{} {}", tool.title, tool.description).to_lowercase());
        let of = |word: &String| 3 * usize::from(name.contains(word)) + usize::from(about.contains(word));
        wanted.iter().map(of).sum()
    };
    let mut scored: Vec<_> =
        toolbox.offered().iter().map(|tool| (score(tool), tool)).filter(|(it, _)| *it > 0).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let found: Vec<Value> = scored
        .iter()
        .take(FOUND)
        .map(|(_, tool)| {
            json!({"name": tool.name, "description": shown(&tool.description, DESCRIPTION), "input_schema": tool.input_schema})
        })
        .collect();
    Outcome::text(json!({"found": found, "more": scored.len().saturating_sub(FOUND)}).to_string())
}
