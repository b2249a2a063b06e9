//! What a result holds, in what a model can read: text and pictures. Everything else is a note that says what was left out.

use crate::{Content, Outcome};
use kernel::Secret;
use rmcp::model::ServerResult;
use serde_json::Value;

/// The pictures that models take.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/// Of the words in which a server refuses.
const LONGEST_REFUSAL: usize = 2_000;
/// Of a name or an address in a note.
const LONGEST_WORD: usize = 300;

/// `None`: it is no result of a call. Read from its JSON, so that a kind of content that nobody knew is still a note.
pub(super) fn outcome(result: ServerResult, bearer: Option<&Secret>) -> Option<Outcome> {
    let mut result = serde_json::to_value(result).ok()?;
    if let Some(bearer) = bearer {
        hide(&mut result, bearer.expose());
    }
    if result.get("resultType").and_then(Value::as_str) == Some("input_required") {
        return Some(Outcome::failed("The tool wants to ask a person something first, which is not possible here."));
    }
    let structured = result.get_mut("structuredContent").map(Value::take);
    let blocks = match result.get_mut("content").map(Value::take) {
        Some(Value::Array(blocks)) => blocks,
        None if structured.is_some() => Vec::new(),
        _ => return None,
    };
    let mut content: Vec<Content> = blocks.into_iter().map(read).collect();
    if content.is_empty()
        && let Some(structured) = &structured
    {
        content.push(Content::Text(structured.to_string()));
    }
    Some(Outcome { is_error: result.get("isError") == Some(&Value::Bool(true)), content, structured })
}

/// A JSON-RPC error is an answer too: a model can do better when it reads it.
pub(super) fn refusal(message: &str, bearer: Option<&Secret>) -> Outcome {
    let mut said = Value::from(shortened(message, LONGEST_REFUSAL));
    if let Some(bearer) = bearer {
        hide(&mut said, bearer.expose());
    }
    Outcome::failed(format!("The tool's server refused: {}", said.as_str().unwrap_or_default()))
}

fn read(mut block: Value) -> Content {
    let word =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(|it| shortened(it, LONGEST_WORD));
    let kind = word(&block, "type").unwrap_or_default();
    let mut take = |name: &str| match block.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    match kind.as_str() {
        "text" => Content::Text(take("text").unwrap_or_default()),
        "image" => match (take("mimeType"), take("data")) {
            (Some(media_type), Some(data)) if PICTURES.contains(&media_type.as_str()) => {
                Content::Image { media_type, data }
            }
            (media_type, _) => left_out("a picture", media_type, None),
        },
        "audio" => left_out("a sound", take("mimeType"), None),
        "resource_link" => left_out("a link", take("mimeType"), take("uri")),
        "resource" => {
            let mut resource = block.get_mut("resource").map(Value::take).unwrap_or_default();
            match resource.get_mut("text").map(Value::take) {
                Some(Value::String(text)) => Content::Text(text),
                _ => left_out("a file", word(&resource, "mimeType"), word(&resource, "uri")),
            }
        }
        _ => left_out("something", Some(kind), None),
    }
}

fn left_out(what: &str, media_type: Option<String>, uri: Option<String>) -> Content {
    let of = media_type.filter(|it| !it.is_empty()).map(|it| format!(" of type {}", shortened(&it, LONGEST_WORD)));
    let at = uri.map(|uri| format!(" at {}", shortened(&uri, LONGEST_WORD)));
    Content::Text(format!("[Left out: {what}{}{}]", of.unwrap_or_default(), at.unwrap_or_default()))
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A server that repeats our token (some echo the request they got) does not get it into a transcript.
fn hide(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) if !secret.is_empty() && text.contains(secret) => *text = text.replace(secret, "[token]"),
        Value::Array(elements) => elements.iter_mut().for_each(|element| hide(element, secret)),
        Value::Object(members) => members.values_mut().for_each(|member| hide(member, secret)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_result(result: Value) -> Option<Outcome> {
        outcome(serde_json::from_value(result).unwrap(), Some(&Secret::from("t0ken")))
    }

    fn text(text: &str) -> Content {
        Content::Text(text.to_owned())
    }

    /// Every kind of content, known or not, becomes something that a model can read.
    #[test]
    fn every_kind_of_content_is_text_a_picture_or_a_note() {
        let outcome = read_result(json!({"isError": true, "content": [
            {"type": "text", "text": "one"},
            {"type": "image", "mimeType": "image/png", "data": "QQ=="},
            {"type": "image", "mimeType": "image/tiff", "data": "QQ=="},
            {"type": "audio", "mimeType": "audio/wav", "data": "QQ=="},
            {"type": "resource", "resource": {"uri": "x://1", "text": "whole"}},
            {"type": "resource", "resource": {"uri": "x://2", "mimeType": "application/pdf", "blob": "QQ=="}},
            {"type": "resource_link", "uri": "x://3", "name": "three"},
        ]}));
        let outcome = outcome.unwrap();
        assert!(outcome.is_error);
        assert_eq!(
            outcome.content,
            [
                text("one"),
                Content::Image { media_type: "image/png".to_owned(), data: "QQ==".to_owned() },
                text("[Left out: a picture of type image/tiff]"),
                text("[Left out: a sound of type audio/wav]"),
                text("whole"),
                text("[Left out: a file of type application/pdf at x://2]"),
                text("[Left out: a link at x://3]"),
            ]
        );
    }

    /// A kind that the protocol does not have leaves the rest of the result readable.
    #[test]
    fn an_unknown_kind_spoils_nothing() {
        let result = json!({"content": [{"type": "hologram", "data": 1}, {"type": "text", "text": "still here"}]});
        let content = read_result(result).map(|outcome| outcome.content);
        assert_eq!(content.unwrap(), [text("[Left out: something of type hologram]"), text("still here")]);
    }

    /// A result that is structured only is its JSON; one that is neither is none.
    #[test]
    fn structure_alone_is_text_too() {
        let outcome = read_result(json!({"content": [], "structuredContent": {"a": 1}})).unwrap();
        assert_eq!((outcome.content, outcome.structured), (vec![text("{\"a\":1}")], Some(json!({"a": 1}))));
        assert!(read_result(json!({"tools": []})).is_none());
        assert!(read_result(json!({})).is_none());
    }

    /// Wherever a server repeats the token that it was sent, a transcript does not.
    #[test]
    fn an_echoed_token_is_hidden() {
        let result =
            json!({"content": [{"type": "text", "text": "Bearer t0ken!"}], "structuredContent": {"a": ["t0ken"]}});
        let outcome = read_result(result).unwrap();
        assert_eq!(outcome.content, [text("Bearer [token]!")]);
        assert_eq!(outcome.structured, Some(json!({"a": ["[token]"]})));
        assert_eq!(
            refusal("no t0ken", Some(&Secret::from("t0ken"))).content,
            [text("The tool's server refused: no [token]")]
        );
    }
}
