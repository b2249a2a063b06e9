//! What the API refuses, before any model sees it. The sentences begin like the API's own; nobody should compare the rest.

mod tools;
mod turns;

pub(super) use tools::{Choice, Tool};
pub(super) use turns::Turn;

use super::door::Refused;
use axum::http::StatusCode;
use serde_json::{Map, Value};

const MOST_MARKS: usize = 4;
/// The one model that is not there.
const MISSING_MODEL: &str = "claude-missing";
/// A block that the model may have made up, and that comes back with its message.
pub(super) const UNKNOWN_BLOCK: &str = "hologram";

const FIELDS: [&str; 17] = [
    "model",
    "max_tokens",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "stream",
    "metadata",
    "stop_sequences",
    "temperature",
    "top_p",
    "top_k",
    "thinking",
    "output_config",
    "service_tier",
    "cache_control",
    "inference_geo",
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Of2023,
    /// Takes no sampling parameters, and no citations of a user.
    Of2026,
}

impl Version {
    pub(super) fn named(name: Option<&str>) -> Result<Self, Refused> {
        match name {
            Some("2023-06-01") => Ok(Self::Of2023),
            Some("2026-10-21") => Ok(Self::Of2026),
            Some(_) => Err(Refused::invalid("anthropic-version: is not a version that is known")),
            None => Err(Refused::invalid("anthropic-version: header is required")),
        }
    }
}

/// A request that is right.
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) max_tokens: u64,
    pub(super) is_stream: bool,
    pub(super) turns: Vec<Turn>,
    pub(super) tools: Vec<Tool>,
    pub(super) choice: Choice,
    pub(super) is_parallel: bool,
}

type Checked<T> = Result<T, String>;

pub(super) fn check(body: &Value, version: Version) -> Result<Asked, Refused> {
    let asked = read(body, version).map_err(Refused::invalid)?;
    if asked.model == MISSING_MODEL {
        let why = format!("model: {MISSING_MODEL}");
        return Err(Refused::new(StatusCode::NOT_FOUND, "not_found_error", why));
    }
    Ok(asked)
}

fn read(body: &Value, version: Version) -> Checked<Asked> {
    let members = body.as_object().ok_or("Input should be a valid dictionary")?;
    if let Some(name) = members.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!("{name}: Extra inputs are not permitted"));
    }
    let model = members.get("model").ok_or("model: Field required")?.as_str().filter(|model| !model.is_empty());
    let model = model.ok_or("model: Input should be a valid string")?.to_owned();
    let max_tokens = members.get("max_tokens").ok_or("max_tokens: Field required")?.as_u64();
    let max_tokens = max_tokens.filter(|most| *most >= 1).ok_or("max_tokens: must be greater than or equal to 1")?;
    let is_stream = match members.get("stream") {
        None => false,
        Some(stream) => stream.as_bool().ok_or("stream: Input should be a valid boolean")?,
    };
    parameters(members, version, max_tokens)?;
    system(&body["system"])?;
    let tools = tools::tools(members.get("tools"))?;
    let (choice, is_parallel) = tools::choice(members, &tools)?;
    let turns = turns::turns(members.get("messages"), version)?;
    turns::pairs(&turns)?;
    let uses_tools = turns.iter().flat_map(|turn| &turn.content).any(|block| block["type"] == "tool_use");
    if uses_tools && tools.is_empty() {
        return Err("Requests which include `tool_use` or `tool_result` blocks must define tools".to_owned());
    }
    marks(body)?;
    Ok(Asked { model, max_tokens, is_stream, turns, tools, choice, is_parallel })
}

fn parameters(members: &Map<String, Value>, version: Version, max_tokens: u64) -> Checked<()> {
    let sampling = ["temperature", "top_p", "top_k"];
    if let Some(name) = sampling.iter().find(|name| version == Version::Of2026 && members.contains_key(**name)) {
        return Err(format!("{name}: is not supported by this version of the API"));
    }
    if members.get("temperature").is_some_and(|value| !value.as_f64().is_some_and(|it| (0.0..=1.0).contains(&it))) {
        return Err("temperature: range: 0..1".to_owned());
    }
    let is_blank = |text: &Value| text.as_str().is_none_or(|text| text.trim().is_empty());
    match members.get("stop_sequences") {
        Some(Value::Array(list)) if list.iter().any(is_blank) => {
            return Err("stop_sequences: each stop sequence must contain non-whitespace".to_owned());
        }
        None | Some(Value::Array(_)) => {}
        Some(_) => return Err("stop_sequences: Input should be a valid list".to_owned()),
    }
    if members.get("metadata").is_some_and(|metadata| !metadata.is_object()) {
        return Err("metadata: Input should be an object".to_owned());
    }
    let Some(thinking) = members.get("thinking") else { return Ok(()) };
    match thinking["type"].as_str() {
        Some("enabled") => match thinking["budget_tokens"].as_u64() {
            Some(budget) if budget >= 1024 && budget < max_tokens => Ok(()),
            _ => Err("thinking.budget_tokens: at least 1024, and less than max_tokens".to_owned()),
        },
        Some("adaptive" | "disabled") => Ok(()),
        _ => Err("thinking.type: Input should be 'adaptive', 'enabled' or 'disabled'".to_owned()),
    }
}

fn system(system: &Value) -> Checked<()> {
    match system {
        Value::Null | Value::String(_) => Ok(()),
        Value::Array(blocks) => blocks.iter().enumerate().try_for_each(|(at, block)| match block["type"].as_str() {
            Some("text") => text(block, &format!("system.{at}")),
            _ => Err(format!("system.{at}: Input should be a text block")),
        }),
        _ => Err("system: Input should be a string or a list of text blocks".to_owned()),
    }
}

fn text(block: &Value, place: &str) -> Checked<()> {
    match block["text"].as_str() {
        None => Err(format!("{place}.text: Field required")),
        Some("") => Err(format!("{place}: text content blocks must be non-empty")),
        Some(_) => Ok(()),
    }
}

fn is_word(name: &str, marks: &[u8]) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_letter)
}

/// What is marked to be cached: four blocks at most, and the longer kept before the shorter kept.
fn marks(body: &Value) -> Checked<()> {
    let blocks = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut all = [blocks(&body["tools"]), blocks(&body["system"])].concat();
    all.extend(blocks(&body["messages"]).iter().flat_map(|message| blocks(&message["content"])));
    let found: Vec<&Value> =
        all.iter().filter_map(|block| block.get("cache_control")).filter(|mark| !mark.is_null()).collect();
    let is_right =
        |mark: &&Value| mark["type"] == "ephemeral" && mark.get("ttl").is_none_or(|ttl| *ttl == "5m" || *ttl == "1h");
    if !found.iter().all(is_right) {
        return Err("cache_control: the type is 'ephemeral', and the ttl '5m' or '1h'".to_owned());
    }
    if found.len() > MOST_MARKS {
        return Err(format!(
            "A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {}.",
            found.len()
        ));
    }
    let is_long = |mark: &Value| mark["ttl"] == "1h";
    if found.windows(2).any(|pair| !is_long(pair[0]) && is_long(pair[1])) {
        return Err("cache_control.ttl: a ttl='1h' block must not come after a ttl='5m' block".to_owned());
    }
    Ok(())
}
