//! From what comes piece by piece, the whole. The input of a tool is put together here, fragment by fragment, and read once it is whole.

use super::Failed;
use crate::model::{Answer, Listener, ModelError, Piece, Role, Stop, Turn, Usage};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// More than a model says at once.
const MOST_BLOCKS: usize = 1000;

/// One event of a stream. Kinds that nobody here knows are passed over.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Event {
    MessageStart {
        message: Started,
    },
    ContentBlockStart {
        index: usize,
        content_block: Value,
    },
    ContentBlockDelta {
        index: usize,
        delta: Delta,
    },
    MessageDelta {
        delta: Ended,
        #[serde(default)]
        usage: Tokens,
    },
    MessageStop,
    Error {
        error: Kind,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
pub(super) struct Started {
    #[serde(default)]
    pub(super) usage: Tokens,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the API's words")]
pub(super) enum Delta {
    TextDelta {
        text: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    SignatureDelta {
        signature: String,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
pub(super) struct Ended {
    pub(super) stop_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Kind {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
}

/// As far as they are said; a later word takes the place of an earlier one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Tokens {
    #[serde(rename = "input_tokens")]
    pub(super) input: Option<u64>,
    #[serde(rename = "output_tokens")]
    pub(super) output: Option<u64>,
    #[serde(rename = "cache_creation_input_tokens")]
    pub(super) cache_write: Option<u64>,
    #[serde(rename = "cache_read_input_tokens")]
    pub(super) cache_read: Option<u64>,
}

impl Tokens {
    fn over(&self, usage: &mut Usage) {
        usage.input = self.input.unwrap_or(usage.input);
        usage.output = self.output.unwrap_or(usage.output);
        usage.cache_write = self.cache_write.unwrap_or(usage.cache_write);
        usage.cache_read = self.cache_read.unwrap_or(usage.cache_read);
    }
}

/// The status that a kind of error has where it is an answer of its own.
pub(super) fn status_of(kind: &str) -> u16 {
    match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "conflict_error" => 409,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    }
}

/// An answer that is not whole yet.
#[derive(Default)]
pub(super) struct Assembly {
    blocks: BTreeMap<usize, Value>,
    inputs: BTreeMap<usize, String>,
    usage: Usage,
    stop: Option<Stop>,
    is_whole: bool,
}

impl Assembly {
    /// Takes the next event; `true`: it was the last one.
    pub(super) fn take(&mut self, event: Event, listener: Option<Listener<'_>>) -> Result<bool, Failed> {
        match event {
            Event::MessageStart { message } => message.usage.over(&mut self.usage),
            Event::ContentBlockStart { index, content_block } => {
                if self.blocks.len() >= MOST_BLOCKS {
                    return Err(Failed::finally(ModelError::Unreadable));
                }
                if let (Some(listener), Some(text)) = (listener, beginning(&content_block)) {
                    listener(Piece::Text(text.to_owned()));
                }
                self.blocks.insert(index, content_block);
            }
            Event::ContentBlockDelta { index, delta } => self.grow(index, delta, listener)?,
            Event::MessageDelta { delta, usage } => {
                usage.over(&mut self.usage);
                if let Some(reason) = delta.stop_reason {
                    self.stop = Some(Stop::from(reason.as_str()));
                }
            }
            Event::MessageStop => self.is_whole = true,
            Event::Error { error } => return Err(Failed::of_status(status_of(&error.kind), None, None)),
            Event::Unknown => {}
        }
        Ok(self.is_whole)
    }

    fn grow(&mut self, index: usize, delta: Delta, listener: Option<Listener<'_>>) -> Result<(), Failed> {
        let block = self.blocks.get_mut(&index).ok_or_else(|| Failed::passing(ModelError::Unreadable))?;
        let mut append = |key: &str, more: &str| {
            let so_far = block[key].as_str().unwrap_or_default();
            block[key] = format!("{so_far}{more}").into();
        };
        match delta {
            Delta::TextDelta { text } => {
                append("text", &text);
                if let Some(listener) = listener {
                    listener(Piece::Text(text));
                }
            }
            Delta::ThinkingDelta { thinking } => append("thinking", &thinking),
            Delta::SignatureDelta { signature } => append("signature", &signature),
            Delta::InputJsonDelta { partial_json } => self.inputs.entry(index).or_default().push_str(&partial_json),
            Delta::Unknown => {}
        }
        Ok(())
    }

    /// The whole answer; an end without the last event is a broken stream.
    pub(super) fn finish(mut self) -> Result<Answer, Failed> {
        let stop = self.stop.take().filter(|_| self.is_whole);
        let stop = stop.ok_or_else(|| Failed::passing(ModelError::Unavailable { retry_after: None }))?;
        for (index, text) in std::mem::take(&mut self.inputs) {
            let Some(block) = self.blocks.get_mut(&index).filter(|block| block["type"] == "tool_use") else { continue };
            match read(&text) {
                Some(input) => block["input"] = input.into(),
                // Cut off in the middle of it, which the reason says. Such a call is not made.
                None if stop == Stop::MaxTokens => block["input"] = Map::new().into(),
                None => return Err(Failed::passing(ModelError::Unreadable)),
            }
        }
        answer(self.blocks.into_values().collect(), stop, self.usage)
    }
}

/// Nothing is an object without members.
fn read(text: &str) -> Option<Map<String, Value>> {
    if text.is_empty() { Some(Map::new()) } else { serde_json::from_str(text).ok() }
}

fn beginning(block: &Value) -> Option<&str> {
    let text = block["text"].as_str().filter(|text| !text.is_empty())?;
    (block["type"] == "text").then_some(text)
}

/// From an answer that came as one, or has become one.
pub(super) fn answer(content: Vec<Value>, stop: Stop, usage: Usage) -> Result<Answer, Failed> {
    let turn = Turn { role: Role::Assistant, content };
    let is_sound = turn.content.iter().all(|block| block["type"].is_string())
        && turn.calls().all(|(id, name, input)| !id.is_empty() && !name.is_empty() && input.is_object());
    if is_sound { Ok(Answer { turn, stop, usage }) } else { Err(Failed::passing(ModelError::Unreadable)) }
}

/// A whole message of the API.
#[derive(Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    content: Vec<Value>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Tokens,
}

impl Message {
    pub(super) fn answer(self) -> Result<Answer, Failed> {
        let mut usage = Usage::default();
        self.usage.over(&mut usage);
        let stop = self.stop_reason.ok_or_else(|| Failed::passing(ModelError::Unreadable))?;
        answer(self.content, Stop::from(stop.as_str()), usage)
    }
}
