//! A vendor's API, called as `/proxy` does, with the connection's token, which nobody sees.
//!
//! A person may have allowed some paths and methods only. The arguments that those limits are held against are therefore what is
//! sent, character by character: nothing is trimmed, joined or decoded here, and a request that some server could read as another
//! one than it says is not sent.

use super::{
    arguments::{Arguments, Refused},
    definition,
};
use crate::{
    App,
    flows::proxy::{self, Asked, Upload},
    http::Caller,
    problem::Failure,
};
use agent::{Content, Outcome, Tool};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value, json};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::timeout;
use url::form_urlencoded::Serializer;

pub const NAME: &str = "call_vendor_api";

/// Of an answer's body: what a model reads of one result, less what JSON makes of it.
const LARGEST_ANSWER: usize = 80 * 1024;
/// Of a request's body: more than a model writes.
const LARGEST_BODY: usize = 256 * 1024;
/// Until the end of the answer, once its head is there.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of the query's parameters, and of the values of one.
const MOST_PARAMETERS: usize = 100;
/// Of an answer's headers, those that say how to go on.
const TELLING: [header::HeaderName; 4] = [header::CONTENT_TYPE, header::LINK, header::LOCATION, header::RETRY_AFTER];
/// Parameters that some servers take for another method, or for other headers, than the request has.
const OVERRIDES: [&str; 7] = [
    "_method",
    "_httpmethod",
    "$httpmethod",
    "$httpheaders",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

pub fn tool() -> Tool {
    let properties = json!({
        "connection_id": {"type": "string", "description": "As list_connections has it."},
        "method": {"type": "string", "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
        "path": {
            "type": "string",
            "description": "Below the base of the provider's API, without a leading slash and without a query, percent-encoded where \
                            that is needed: user, or repos/acme/shop/issues.",
        },
        "query": {
            "type": "object",
            "description": "The query's parameters by name: texts, numbers, true or false, or lists of them.",
        },
        "body": {"description": "Sent as JSON; none when absent."},
    });
    let description = "Calls the API of a connection's provider with the account's own rights, and brings its status, the headers \
                       that say how to go on, and its body as text. What it does is what the provider's documentation says.";
    let needed = ["connection_id", "method", "path"];
    Tool { says_read_only: false, ..definition(NAME, "Call a provider's API", description, (properties, &needed)) }
}

pub async fn call(app: &Arc<App>, caller: &Caller, arguments: &Arguments) -> Result<Outcome, Refused> {
    let id = arguments.connection()?;
    let asked = asked(arguments)?;
    let passing = proxy::proxy(app, caller, id, asked).await.map_err(Failure::from)?;
    let (status, headers) = (passing.status, passing.headers);
    let read = timeout(PATIENCE, read(passing.body)).await;
    let read = read.map_err(|_| Refused("The provider's answer did not come to its end in time.".to_owned()))?;
    let (body, is_cut) = read?;
    let body = text(body, is_cut).ok_or_else(|| {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("unknown");
        Refused(format!("The provider answered {status} with what is no text, of the type {kind}. Only text is read."))
    })?;
    let telling = |name: &header::HeaderName| Some((name.to_string(), headers.get(name)?.to_str().ok()?.into()));
    let telling: Map<String, Value> = TELLING.iter().filter_map(telling).collect();
    let answer = json!({"status": status.as_u16(), "headers": telling, "body": body, "cut": is_cut});
    Ok(Outcome {
        is_error: !status.is_success(),
        content: vec![Content::Text(answer.to_string())],
        structured: Some(answer),
    })
}

fn asked(arguments: &Arguments) -> Result<Asked, Refused> {
    let method = arguments.needed("method");
    let method: Method = method.parse().map_err(|_| Refused("method: is none.".to_owned()))?;
    let path = arguments.needed("path");
    if let Some(fault) = fault(path) {
        return Err(Refused(format!("path: {fault}.")));
    }
    let mut headers = HeaderMap::new();
    let body = match arguments.value("body") {
        Some(_) if method == Method::GET => return Err(Refused("body: a GET has none.".to_owned())),
        Some(body) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            body.to_string()
        }
        None => String::new(),
    };
    if body.len() > LARGEST_BODY {
        return Err(Refused(format!("body: may have {LARGEST_BODY} bytes.")));
    }
    let parameters = arguments.value("query").and_then(Value::as_object).filter(|all| !all.is_empty());
    let query = parameters.map(query).transpose()?;
    Ok(Asked { method, path: path.to_owned(), query, headers, upload: Upload::Whole(body.into()) })
}

/// What is wrong with a path beside what the proxy finds in it, which looks through its encodings. As it is sent it is visible
/// ASCII, so that an address has nothing to add, to drop or to encode.
fn fault(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("begins with a slash; leave it out");
    }
    if path.contains(['?', '#']) {
        return Some("has a question mark or a number sign; parameters go into query");
    }
    let is_sent_as_it_is = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    (!path.bytes().all(is_sent_as_it_is)).then_some("has a character that must be percent-encoded")
}

fn query(parameters: &Map<String, Value>) -> Result<String, Refused> {
    let mut written = Serializer::new(String::new());
    for (name, value) in parameters {
        let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        if parameters.len() > MOST_PARAMETERS || values.len() > MOST_PARAMETERS {
            return Err(Refused(format!("query: may have {MOST_PARAMETERS} parameters, each with as many values.")));
        }
        if OVERRIDES.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Refused("query: a parameter would make another request of it; say so in method.".to_owned()));
        }
        for value in values {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(Refused(
                        "query: values are texts, numbers, true or false, or lists of them.".to_owned(),
                    ));
                }
            };
            written.append_pair(name, &text);
        }
    }
    Ok(written.finish())
}

/// The beginning of the body, and whether that is not all.
async fn read(body: impl Stream<Item = Result<Bytes, outbound::Error>>) -> Result<(Vec<u8>, bool), Refused> {
    let mut body = pin!(body);
    let mut read = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| Refused("The provider's answer broke off.".to_owned()))?;
        read.extend_from_slice(&piece);
        if read.len() > LARGEST_ANSWER {
            read.truncate(LARGEST_ANSWER);
            return Ok((read, true));
        }
    }
    Ok((read, false))
}

/// A cut may have gone through a letter; anything else that is not UTF-8 is no text.
fn text(mut bytes: Vec<u8>, is_cut: bool) -> Option<String> {
    if let Err(error) = std::str::from_utf8(&bytes) {
        if !is_cut || error.error_len().is_some() {
            return None;
        }
        bytes.truncate(error.valid_up_to());
    }
    let text = String::from_utf8(bytes).ok()?;
    // Of a text of people's there is none in it.
    (!text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str) -> Option<String> {
        let arguments = json!({"connection_id": "x", "method": "GET", "path": path});
        let arguments = Arguments::of(&tool(), arguments.as_object().unwrap().clone()).ok()?;
        asked(&arguments).ok().map(|asked| asked.path)
    }

    /// A path is sent as the limits have seen it, or not at all.
    #[test]
    fn a_path_is_what_was_said_or_refused() {
        for path in ["user", "repos/a/b/issues/", "projects/group%2Fproject", "x@y/z;v=1", "a..b", "caf%C3%A9"] {
            assert_eq!(told(path).as_deref(), Some(path));
        }
        for path in [
            "/repos/a",
            "repos/a?x=1",
            "repos/a#x",
            "repos\\a",
            "repos/a b",
            " repos/a",
            "repos/é",
            "repos/a\tb",
            "repos/{a}",
            "repos/\u{ff0e}\u{ff0e}/x",
        ] {
            assert_eq!(told(path), None, "{path}");
        }
    }

    /// Parameters are encoded by us; one that would change the method is refused in every spelling.
    #[test]
    fn a_query_cannot_be_another_request() {
        let written = |value: Value| query(value.as_object().unwrap()).ok();
        let fine = json!({"q": "a&b=c", "n": 5, "open": true, "label": ["x", "y z"]});
        assert_eq!(written(fine).as_deref(), Some("label=x&label=y+z&n=5&open=true&q=a%26b%3Dc"));
        for name in ["_method", "_HttpMethod", "$httpMethod", "X-HTTP-Method-Override", "$httpHeaders"] {
            assert_eq!(written(json!({name: "DELETE"})), None, "{name}");
        }
        assert_eq!(written(json!({"a": {"b": 1}})), None);
        assert_eq!(written(json!({"a": vec![1; MOST_PARAMETERS + 1]})), None);
    }

    /// A cut in the middle of a letter leaves whole letters; what is no text is none, however it ends.
    #[test]
    fn only_text_is_read() {
        assert_eq!(text("aé".as_bytes()[..2].to_vec(), true).as_deref(), Some("a"));
        assert_eq!(text("aé".as_bytes()[..2].to_vec(), false), None);
        assert_eq!(text(vec![0x89, b'P', b'N', b'G'], true), None);
        assert_eq!(text(b"a\0b".to_vec(), false), None);
    }
}
