//! What a person lets a model do: of the tools that were found, those that they have allowed, each as it was when they looked at it.

mod limits;
mod names;
mod plain;

pub use limits::{Limit, Violation};
pub use names::Names;
pub use plain::{plain, shown};

use crate::{Content, Definition, Outcome, Progress, Source, Tool};
use kernel::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Of one result, in bytes: about 25,000 tokens, more than clients take.
pub const LARGEST_RESULT: usize = 100_000;
/// Of a description, in characters.
const LONGEST_DESCRIPTION: usize = 2_000;

/// Whether a person wants to be asked before each call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    Never,
    EachCall,
}

/// What a person has allowed of one tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    /// Of the source.
    pub source: String,
    /// As the source calls it.
    pub tool: String,
    /// Of the tool that they have looked at.
    pub fingerprint: String,
    pub approval: Approval,
    /// By JSON pointer into the arguments (RFC 6901). All must hold.
    pub arguments: BTreeMap<String, Limit>,
}

/// A tool against what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    New,
    Allowed,
    /// It is not the one that was allowed, but one of the same name.
    Changed,
}

/// How a tool stands.
pub fn standing(source: &str, tool: &Tool, allowed: &[Allowed]) -> Standing {
    match allowed.iter().find(|entry| entry.source == source && entry.tool == tool.name) {
        None => Standing::New,
        Some(entry) if entry.fingerprint == tool.fingerprint() => Standing::Allowed,
        Some(_) => Standing::Changed,
    }
}

/// A source that has been opened.
pub struct Opened {
    /// Names it in [`Allowed`].
    pub id: String,
    /// What it was opened with: taken out of everything that it says.
    pub secrets: Vec<Secret>,
    pub source: Box<dyn Source>,
}

/// A tool that may be called.
#[derive(Debug, Clone)]
pub struct Offered {
    /// `^[a-zA-Z0-9_-]{1,64}$`; no other has it, and no other source can take it.
    pub name: String,
    /// The source's id.
    pub source: String,
    /// As the source has it, for people.
    pub title: String,
    /// Without what cannot be seen, and not longer than it is read.
    pub description: String,
    pub input_schema: Map<String, Value>,
    pub output_schema: Option<Map<String, Value>>,
    pub says_read_only: bool,
    pub approval: Approval,
    arguments: BTreeMap<String, Limit>,
    at: usize,
    tool: String,
}

impl Offered {
    /// As the model is told of it.
    pub fn definition(&self) -> Definition {
        Definition {
            name: self.name.clone(),
            description: self.description.clone(),
            input_schema: self.input_schema.clone(),
        }
    }
}

/// A person's tools, open.
pub struct Toolbox {
    sources: Vec<Opened>,
    offered: Vec<Offered>,
}

impl Toolbox {
    /// What was found and is allowed, in the order of the sources and of their lists.
    pub fn new(sources: Vec<Opened>, allowed: &[Allowed], names: &Names) -> Self {
        let mut offered = Vec::new();
        for (at, opened) in sources.iter().enumerate() {
            for tool in opened.source.tools() {
                let entry = allowed.iter().find(|entry| entry.source == opened.id && entry.tool == tool.name);
                let Some(entry) = entry.filter(|entry| entry.fingerprint == tool.fingerprint()) else { continue };
                let Some(name) = names.name(&opened.id, &tool.name) else { continue };
                offered.push(Offered {
                    name: name.to_owned(),
                    source: opened.id.clone(),
                    title: shown(tool.title.as_deref().unwrap_or(&tool.name), 200),
                    description: shown(&tool.description, LONGEST_DESCRIPTION),
                    input_schema: schema(&tool.input_schema),
                    output_schema: tool.output_schema.clone(),
                    says_read_only: tool.says_read_only,
                    approval: entry.approval,
                    arguments: entry.arguments.clone(),
                    at,
                    tool: tool.name.clone(),
                });
            }
        }
        // A source that lists a name twice means one of them, and nobody knows which.
        let twice: Vec<(usize, String)> = offered
            .iter()
            .filter(|one| offered.iter().filter(|it| (it.at, &it.tool) == (one.at, &one.tool)).count() > 1)
            .map(|one| (one.at, one.tool.clone()))
            .collect();
        offered.retain(|one| !twice.contains(&(one.at, one.tool.clone())));
        Self { sources, offered }
    }

    pub fn offered(&self) -> &[Offered] {
        &self.offered
    }

    pub fn find(&self, name: &str) -> Option<&Offered> {
        self.offered.iter().find(|offered| offered.name == name)
    }

    /// Why these arguments are not allowed, if they are not.
    pub fn violation(&self, name: &str, arguments: &Map<String, Value>) -> Option<String> {
        let Some(offered) = self.find(name) else {
            return Some("There is no such tool, or it is not allowed.".to_owned());
        };
        limits::violation(&offered.arguments, arguments).map(|violation| violation.to_string())
    }

    /// Calls a tool with arguments that are allowed; others are not sent anywhere. What comes back is free of invisible characters
    /// and of what the source was opened with, and not longer than [`LARGEST_RESULT`]. It is data all the same.
    pub async fn call(
        &self,
        name: &str,
        arguments: Map<String, Value>,
        told: &(dyn Fn(Progress) + Send + Sync),
    ) -> Outcome {
        if let Some(why) = self.violation(name, &arguments) {
            return Outcome::failed(why);
        }
        let Some((offered, opened)) = self.find(name).and_then(|it| Some((it, self.sources.get(it.at)?))) else {
            return Outcome::failed("There is no such tool.");
        };
        let told = |mut progress: Progress| {
            progress.message = progress.message.map(|message| shown(&hidden(&message, &opened.secrets), 500));
            told(progress);
        };
        let outcome = opened.source.call(&offered.tool, arguments, &told).await;
        cleaned(outcome, &opened.secrets)
    }

    /// Takes leave of every source, each within its time.
    pub async fn close(self) {
        futures_util::future::join_all(self.sources.into_iter().map(|opened| opened.source.close())).await;
    }
}

/// What the API takes: an object, whatever else the source has said. What cannot be seen is taken out of its words.
fn schema(said: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = match plain::value(Value::Object(said.clone())) {
        Value::Object(schema) => schema,
        _ => Map::new(),
    };
    schema.insert("type".to_owned(), "object".into());
    if !schema.get("properties").is_some_and(Value::is_object) {
        schema.insert("properties".to_owned(), Map::new().into());
    }
    if !schema.get("required").is_some_and(Value::is_array) {
        schema.insert("required".to_owned(), Vec::<Value>::new().into());
    }
    schema
}

/// Without the credentials that the source was given.
fn hidden(text: &str, secrets: &[Secret]) -> String {
    let secrets = secrets.iter().filter(|secret| !secret.expose().is_empty());
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret.expose(), "[removed]"))
}

fn cleaned(outcome: Outcome, secrets: &[Secret]) -> Outcome {
    let Outcome { is_error, content, structured } = outcome;
    let mut left = LARGEST_RESULT;
    let mut kept = Vec::new();
    for piece in content {
        let piece = match piece {
            Content::Text(text) => {
                let text = plain(&hidden(&text, secrets));
                let cut = plain::cut(&text, left);
                left -= cut.len();
                if cut.len() < text.len() {
                    let missing = text.len() - cut.len();
                    Content::Text(format!("{cut}\n[cut: {missing} bytes more. Ask for less at once.]"))
                } else {
                    Content::Text(text)
                }
            }
            Content::Image { data, .. } if data.len() > left * 10 => {
                Content::Text("[an image that is too large]".to_owned())
            }
            image @ Content::Image { .. } => image,
        };
        kept.push(piece);
        if left == 0 {
            break;
        }
    }
    let structured = structured
        .filter(|value| value.to_string().len() <= LARGEST_RESULT)
        .and_then(|value| serde_json::from_str(&hidden(&value.to_string(), secrets)).ok())
        .map(plain::value);
    Outcome { is_error, content: kept, structured }
}
