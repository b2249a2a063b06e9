//! How many tokens a request is, and how many of them were read before. Four bytes are a token, and a cached prefix may be as
//! short as it likes, which the API does not allow: small tests can see the cache work.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// More prefixes than any test has.
const MOST: usize = 1000;

pub(super) fn tokens(bytes: usize) -> u64 {
    bytes.div_ceil(4) as u64
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    /// What neither was cached nor is from now on.
    pub(super) input: u64,
    pub(super) created_for_5m: u64,
    pub(super) created_for_1h: u64,
    pub(super) read: u64,
}

/// Until when each prefix is known.
#[derive(Default)]
pub(super) struct Cache(BTreeMap<[u8; 32], DateTime<Utc>>);

/// One block of a prompt.
struct Part {
    /// Of everything up to its end.
    digest: [u8; 32],
    tokens_so_far: u64,
    /// What is marked to be cached up to here is kept for so long.
    kept_for: Option<TimeDelta>,
}

fn kept_for(mark: &Value) -> Option<TimeDelta> {
    let is_mark = mark.is_object();
    is_mark.then(|| if mark["ttl"] == "1h" { TimeDelta::hours(1) } else { TimeDelta::minutes(5) })
}

/// In the order in which the model reads: tools, system, messages.
fn parts(body: &Value) -> Vec<Part> {
    let mut blocks: Vec<(&str, Value)> = Vec::new();
    let mut add = |place: &'static str, content: &Value| match content {
        Value::Array(items) => blocks.extend(items.iter().map(|item| (place, item.clone()))),
        Value::Null => {}
        other => blocks.push((place, other.clone())),
    };
    add("tools", &body["tools"]);
    add("system", &body["system"]);
    for message in body["messages"].as_array().into_iter().flatten() {
        let place = if message["role"] == "assistant" { "assistant" } else { "user" };
        add(place, &message["content"]);
    }
    let mut parts = Vec::new();
    let mut digest = kernel::sha256(body["model"].as_str().unwrap_or_default());
    let mut tokens_so_far = 0;
    for (place, mut block) in blocks {
        let mark = block.as_object_mut().and_then(|members| members.remove("cache_control"));
        let text = block.to_string();
        digest = kernel::sha256([digest.as_slice(), place.as_bytes(), text.as_bytes()].concat());
        tokens_so_far += tokens(text.len());
        parts.push(Part { digest, tokens_so_far, kept_for: mark.as_ref().and_then(kept_for) });
    }
    if let (Some(last), Some(kept_for)) = (parts.last_mut(), kept_for(&body["cache_control"])) {
        last.kept_for.get_or_insert(kept_for);
    }
    parts
}

impl Cache {
    /// Counts a request, and remembers what it marks.
    pub(super) fn count(&mut self, body: &Value, now: DateTime<Utc>) -> Counted {
        self.0.retain(|_, until| *until > now);
        let parts = parts(body);
        let total = parts.last().map_or(0, |part| part.tokens_so_far);
        let Some(last_mark) = parts.iter().rposition(|part| part.kept_for.is_some()) else {
            return Counted { input: total, ..Counted::default() };
        };
        let marked = &parts[..=last_mark];
        let mut counted = Counted::default();
        let known = marked.iter().rposition(|part| self.0.contains_key(&part.digest));
        counted.read = known.map_or(0, |at| marked[at].tokens_so_far);
        let mut so_far = counted.read;
        for part in marked {
            let Some(kept_for) = part.kept_for else { continue };
            let created = part.tokens_so_far.saturating_sub(so_far);
            so_far = so_far.max(part.tokens_so_far);
            if kept_for > TimeDelta::minutes(5) {
                counted.created_for_1h += created;
            } else {
                counted.created_for_5m += created;
            }
            let until = self.0.entry(part.digest).or_insert(now);
            *until = (*until).max(now + kept_for);
        }
        while self.0.len() > MOST {
            self.0.pop_first();
        }
        counted.input = total - so_far;
        counted
    }
}

impl Counted {
    pub(super) fn told(self, output_tokens: u64) -> Value {
        json!({
            "input_tokens": self.input, "output_tokens": output_tokens,
            "cache_creation_input_tokens": self.created_for_5m + self.created_for_1h,
            "cache_read_input_tokens": self.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.created_for_5m, "ephemeral_1h_input_tokens": self.created_for_1h,
            },
            "output_tokens_details": null, "server_tool_use": null, "service_tier": "standard",
            "inference_geo": "global", "speed": "standard",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: &str, system: &str) -> Value {
        let mark = json!({"type": "ephemeral"});
        json!({
            "model": "m", "system": [{"type": "text", "text": system, "cache_control": mark}],
            "messages": [{"role": "user", "content": question}],
        })
    }

    /// The same prefix is written once and read afterwards, another one is another, and after five minutes it is forgotten.
    #[test]
    fn a_marked_prefix_is_read_the_second_time() {
        let (mut cache, now) = (Cache::default(), DateTime::UNIX_EPOCH);
        let first = cache.count(&asked("one", "be brief"), now);
        assert!(first.created_for_5m > 0 && first.read == 0 && first.input > 0, "{first:?}");
        let second = cache.count(&asked("two, and longer", "be brief"), now);
        assert_eq!((second.read, second.created_for_5m), (first.created_for_5m, 0));
        assert_eq!(cache.count(&asked("one", "be long"), now).read, 0);
        assert_eq!(cache.count(&asked("one", "be brief"), now + TimeDelta::minutes(6)).read, 0);
    }

    /// A conversation that grows reads what it marked a turn ago and writes the rest.
    #[test]
    fn a_mark_that_moves_reads_up_to_where_it_was() {
        let (mut cache, now) = (Cache::default(), DateTime::UNIX_EPOCH);
        let mark = json!({"type": "ephemeral", "ttl": "1h"});
        let turn = |text: &str, marked: bool| {
            let mut block = json!({"type": "text", "text": text});
            if marked {
                block["cache_control"] = mark.clone();
            }
            json!({"role": "user", "content": [block]})
        };
        let first = cache.count(&json!({"model": "m", "messages": [turn("one", true)]}), now);
        let grown = json!({"model": "m", "messages": [turn("one", false), turn("two", true), turn("three", false)]});
        let second = cache.count(&grown, now);
        assert_eq!(second.read, first.created_for_1h);
        assert!(second.created_for_1h > 0 && second.input > 0);
    }
}
