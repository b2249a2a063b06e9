//! The seam to a model: one request, one whole answer, told piece by piece if somebody listens.

mod anthropic;

pub use anthropic::{Anthropic, Patience, SettingsError};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{ops::AddAssign, time::Duration};
use tokio::time::Instant;

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
}

/// One message of a conversation. Its blocks are as the API has them, those of a kind that is unknown here included: they have to go
/// back unchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub role: Role,
    pub content: Vec<Value>,
}

impl Turn {
    /// A person's words.
    pub fn prompt(text: &str) -> Self {
        Self { role: Role::User, content: vec![json!({"type": "text", "text": text})] }
    }

    /// The calls of tools that it asks for: id, name, arguments.
    pub fn calls(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let calls = self.content.iter().filter(|block| block["type"] == "tool_use");
        calls.map(|block| {
            let text = |key: &str| block[key].as_str().unwrap_or_default();
            (text("id"), text("name"), &block["input"])
        })
    }

    /// All of its text.
    pub fn text(&self) -> String {
        let texts = self.content.iter().filter(|block| block["type"] == "text");
        texts.filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// A tool as the model is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// `^[a-zA-Z0-9_-]{1,64}$`, and no other of the request has it.
    pub name: String,
    pub description: String,
    /// A JSON Schema with `type: object`.
    pub input_schema: Map<String, Value>,
}

/// One question to the model.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub system: &'a str,
    pub tools: &'a [Definition],
    /// Whether tools may be asked for. They are listed all the same, since the conversation speaks of them.
    pub may_call: MayCall,
    pub turns: &'a [Turn],
    /// Of the answer.
    pub max_tokens: u64,
    /// When it has to be there, attempts and pauses included.
    pub deadline: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayCall {
    Yes,
    No,
}

/// Why the model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    EndTurn,
    ToolUse,
    MaxTokens,
    StopSequence,
    /// It has to be asked again with what it has said.
    PauseTurn,
    Refusal,
    ContextFull,
    Other(String),
}

impl From<&str> for Stop {
    fn from(reason: &str) -> Self {
        match reason {
            "end_turn" => Self::EndTurn,
            "tool_use" => Self::ToolUse,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "pause_turn" => Self::PauseTurn,
            "refusal" => Self::Refusal,
            "model_context_window_exceeded" => Self::ContextFull,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Tokens. The whole prompt is `input + cache_write + cache_read`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Neither read from the cache nor written to it.
    pub input: u64,
    pub output: u64,
    pub cache_write: u64,
    pub cache_read: u64,
}

impl Usage {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.input + self.output + self.cache_write + self.cache_read
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.input += more.input;
        self.output += more.output;
        self.cache_write += more.cache_write;
        self.cache_read += more.cache_read;
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub turn: Turn,
    pub stop: Stop,
    pub usage: Usage,
}

/// What is told of an answer before it is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// The attempt failed: what was told of this answer is void, and it begins anew.
    Again,
}

/// Whoever listens while an answer comes.
pub type Listener<'a> = &'a (dyn Fn(Piece) + Send + Sync);

/// No answer. None of these carries the other side's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// 401, 402, 403: the operator's part.
    #[error("the model's API takes the key no more ({status})")]
    Credentials { status: u16 },
    /// Another 4xx: the request is the fault.
    #[error("the model's API refuses the request ({status})")]
    Refused { status: u16 },
    /// 429 and 529, after the attempts that there are. `retry_after` is what the last answer said.
    #[error("the model's API is busy ({status})")]
    Busy { status: u16, retry_after: Option<Duration> },
    /// 5xx, no connection, a broken stream: after the attempts that there are.
    #[error("the model's API cannot be reached")]
    Unavailable { retry_after: Option<Duration> },
    #[error("the model's API did not answer in time")]
    Late,
    #[error("the model's API answered something else than a message")]
    Unreadable,
}

/// A model that can be asked.
pub trait Model: Send + Sync {
    /// Asks, and answers when the answer is whole.
    fn create<'a>(&'a self, request: &'a Request<'a>) -> BoxFuture<'a, Result<Answer, ModelError>>;

    /// The same, told piece by piece on the way.
    fn stream<'a>(
        &'a self,
        request: &'a Request<'a>,
        listener: Listener<'a>,
    ) -> BoxFuture<'a, Result<Answer, ModelError>>;
}
