//! The list of allowed tools as it is sent. Each fault is told with its place, and nothing that an agent's rights hang on is filled
//! in for somebody who did not say it.

use crate::flows::tools::{OWN, allow::MOST};
use agent::{Allowed, Limit};
use edge::Problem;
use kernel::ConnectionId;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Of a tool's name, in bytes: twice what the protocol asks of servers.
const LONGEST_NAME: usize = 256;
/// SHA-256 in hex.
const FINGERPRINT: usize = 64;
/// Limits of one tool.
const MOST_LIMITS: usize = 50;
/// Of a pointer, in bytes.
const LONGEST_POINTER: usize = 256;
/// Of the limits of one tool, as JSON.
const LARGEST_LIMITS: usize = 8 * 1024;
const MEMBERS: [&str; 5] = ["source", "name", "fingerprint", "approval", "arguments"];

/// Every entry, or the first fault.
pub fn read(entries: &[Value]) -> Result<Vec<Allowed>, Problem> {
    if entries.len() > MOST {
        return Err(Problem::invalid("#/tools", format!("may have {MOST} entries")));
    }
    let mut named = BTreeSet::new();
    let mut list = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let allowed = one(&Entry { pointer: format!("#/tools/{at}"), entry })?;
        if !named.insert((allowed.source.clone(), allowed.tool.clone())) {
            return Err(Problem::invalid(format!("#/tools/{at}"), "names a tool that an earlier entry has named"));
        }
        list.push(allowed);
    }
    Ok(list)
}

/// An entry and where it stands.
struct Entry<'a> {
    pointer: String,
    entry: &'a Value,
}

impl Entry<'_> {
    fn fault(&self, member: &str, problem: impl Into<String>) -> Problem {
        Problem::invalid(format!("{}/{member}", self.pointer), problem)
    }

    fn text(&self, member: &str) -> Result<&str, Problem> {
        match self.entry.get(member) {
            None => Err(self.fault(member, "is required")),
            Some(value) => value.as_str().ok_or_else(|| self.fault(member, "must be a text")),
        }
    }

    fn limits(&self) -> Result<BTreeMap<String, Limit>, Problem> {
        let Some(arguments) = self.entry.get("arguments") else { return Ok(BTreeMap::new()) };
        let limits = arguments.as_object().ok_or_else(|| self.fault("arguments", "must be an object"))?;
        // Postgres keeps no U+0000, in JSON neither.
        let text = arguments.to_string();
        if limits.len() > MOST_LIMITS || text.len() > LARGEST_LIMITS || text.contains("\\u0000") {
            let most = format!("may be {MOST_LIMITS} limits of {LARGEST_LIMITS} bytes in all, without U+0000");
            return Err(self.fault("arguments", most));
        }
        let limit = |(pointer, limit): (&String, &Value)| {
            let place = format!("arguments/{}", pointer.replace('~', "~0").replace('/', "~1"));
            if !is_pointer(pointer) {
                return Err(self.fault(&place, "must be a JSON pointer to an argument, such as /team"));
            }
            let read: Option<Limit> = parsed(limit);
            let read = read.filter(|limit| !matches!(limit, Limit::OneOf(values) if values.is_empty()));
            let wanted = "must be {\"equals\": …}, {\"one_of\": […]}, {\"prefix\": \"…\"} or \"absent\"";
            Ok((pointer.clone(), read.ok_or_else(|| self.fault(&place, wanted))?))
        };
        limits.iter().map(limit).collect()
    }
}

fn one(entry: &Entry<'_>) -> Result<Allowed, Problem> {
    let members = entry.entry.as_object().ok_or_else(|| Problem::invalid(&*entry.pointer, "must be an object"))?;
    unknown(members).map_or(Ok(()), |_| {
        Err(Problem::invalid(&*entry.pointer, format!("may have the members {}", MEMBERS.join(", "))))
    })?;
    let source = entry.text("source")?;
    let connection = || source.parse::<ConnectionId>().ok().map(|id| id.to_string());
    let source = if source == OWN { Some(OWN.to_owned()) } else { connection() };
    let source = source.ok_or_else(|| entry.fault("source", "must be connectors, or the id of a connection"))?;
    let name = entry.text("name")?;
    if name.is_empty() || name.len() > LONGEST_NAME || name.contains('\0') {
        return Err(entry.fault("name", format!("must be 1 to {LONGEST_NAME} bytes, as GET /agent/tools has it")));
    }
    let fingerprint = entry.text("fingerprint")?;
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if fingerprint.len() != FINGERPRINT || !fingerprint.bytes().all(is_hex) {
        return Err(entry.fault("fingerprint", "must be what GET /agent/tools has for the tool"));
    }
    entry.text("approval")?;
    let approval = parsed(&entry.entry["approval"]);
    Ok(Allowed {
        source,
        tool: name.to_owned(),
        fingerprint: fingerprint.to_owned(),
        approval: approval.ok_or_else(|| entry.fault("approval", "must be never or each_call"))?,
        arguments: entry.limits()?,
    })
}

fn parsed<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

fn unknown(members: &Map<String, Value>) -> Option<&String> {
    members.keys().find(|name| !MEMBERS.contains(&name.as_str()))
}

/// RFC 6901 3, and not the whole of the arguments, which are an object whatever they say.
fn is_pointer(pointer: &str) -> bool {
    pointer.starts_with('/')
        && pointer.len() <= LONGEST_POINTER
        && pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}
