//! The OpenAPI document as a promise: whatever the service under test answers, to whomever, is held against it. A layer round the
//! whole router sees all of it; what breaks the promise fails the test at its end.

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use boon::{Compiler, Draft, SchemaIndex, Schemas};
use futures_util::{StreamExt, stream};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

/// Where the schemas think they are.
const BASE: &str = "https://document.test/openapi.json";
const PROBLEM: &str = "application/problem+json";
const LINES: &str = "application/x-ndjson";

/// What has been answered and was not promised; of the whole process, and nextest gives each test its own.
static BROKEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static PROMISE: LazyLock<Promise> = LazyLock::new(|| Promise::of(connectors::openapi()));

/// The first answer that was not promised.
pub fn broken() -> Option<String> {
    BROKEN.lock().unwrap().first().cloned()
}

/// Holds every answer against the document.
pub async fn held(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (parts, body) = next.run(request).await.into_parts();
    let (status, headers) = (parts.status, parts.headers.clone());
    let note = move |body: Option<&[u8]>| {
        if let Err(what) = PROMISE.check(&method, &path, status, &headers, body) {
            let what = format!("{method} {path} answered {status}: {what}");
            eprintln!("not as documented: {what}");
            BROKEN.lock().unwrap().push(what);
        }
    };
    let body = if body.size_hint().exact().is_some() {
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        note(Some(&bytes));
        Body::from(bytes)
    } else {
        note(None);
        watched(body, note)
    };
    Response::from_parts(parts, body)
}

/// A body that is still being made: it is passed on as it comes, and looked at as a whole at its end, if it gets there.
fn watched(body: Body, note: impl Fn(Option<&[u8]>) + Send + 'static) -> Body {
    let state = (body.into_data_stream(), Vec::new(), note);
    Body::from_stream(stream::unfold(state, async |(mut pieces, mut whole, note)| {
        let piece: Option<Result<Bytes, axum::Error>> = pieces.next().await;
        match &piece {
            Some(Ok(piece)) => whole.extend_from_slice(piece),
            Some(Err(_)) => {}
            None => note(Some(&whole)),
        }
        Some((piece?, (pieces, whole, note)))
    }))
}

/// The document, with its schemas compiled.
pub struct Promise {
    document: Value,
    schemas: Schemas,
    indices: BTreeMap<String, SchemaIndex>,
}

impl Promise {
    pub fn of(document: &Value) -> Self {
        let document = strict(document);
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler.add_resource(BASE, document.clone()).unwrap();
        let mut indices = BTreeMap::new();
        let mut pointers = Vec::new();
        contents(&document, "", &mut pointers);
        for pointer in pointers {
            let index = compiler.compile(&format!("{BASE}#{pointer}/schema"), &mut schemas);
            indices.insert(pointer, index.unwrap_or_else(|error| panic!("{error:#}")));
        }
        Self { document, schemas, indices }
    }

    /// What is wrong with an answer. `body`: as far as it is known.
    pub fn check(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: Option<&[u8]>,
    ) -> Result<(), String> {
        let kind = headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap().split(';').next().unwrap().trim());
        let Some(template) = self.template(path) else {
            let is_refused = status == StatusCode::NOT_FOUND && kind == Some(PROBLEM);
            return if is_refused { Ok(()) } else { Err("the document has no such path".to_owned()) };
        };
        // A browser asks before it asks: the answer is of the layer that knows the origins.
        if method == Method::OPTIONS {
            return Ok(());
        }
        let word = if method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
        let Some(operation) = self.document["paths"][template].get(&word) else {
            let refused = [StatusCode::METHOD_NOT_ALLOWED, StatusCode::UNAUTHORIZED];
            return if refused.contains(&status) { Ok(()) } else { Err("the document has no such method".to_owned()) };
        };
        let responses = &operation["responses"];
        let (named, any) = (responses.get(status.as_str()), responses.get("default"));
        let key = if named.is_some() { status.as_str() } else { "default" };
        let Some(response) = named.or(any) else { return Err(format!("{template} has no such status")) };
        let (response, pointer) = match response["$ref"].as_str() {
            Some(reference) => (self.document.pointer(&reference[1..]).unwrap(), reference[1..].to_owned()),
            None => (response, format!("/paths/{}/{word}/responses/{key}", escaped(template))),
        };
        missing_headers(response, headers)?;
        let Some(contents) = response["content"].as_object() else {
            let is_empty = body.is_none_or(<[u8]>::is_empty);
            return if is_empty { Ok(()) } else { Err("there is a body where none is documented".to_owned()) };
        };
        let Some(kind) = kind.or(contents.contains_key("*/*").then_some("*/*")) else {
            let may_be_empty = response["x-may-be-empty"] == true && body.is_none_or(<[u8]>::is_empty);
            return if method == Method::HEAD || may_be_empty {
                Ok(())
            } else {
                Err("there is no content type".to_owned())
            };
        };
        let documented = contents.keys().find(|documented| documented.as_str() == kind);
        let Some(documented) = documented.or_else(|| contents.keys().find(|any| *any == "*/*")) else {
            return Err(format!("{kind} is not documented, only {:?}", contents.keys().collect::<Vec<_>>()));
        };
        let Some(body) = body.filter(|_| method != Method::HEAD && documented.ends_with("json")) else { return Ok(()) };
        if documented == LINES {
            return self.lines(&format!("{pointer}/content/{}", escaped(documented)), body);
        }
        let value: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
        if documented == PROBLEM {
            let known = problem(&contents[PROBLEM], &value);
            // A vendor may have problems of its own.
            return if any.is_some() && known.is_err() { Ok(()) } else { known };
        }
        self.valid(&format!("{pointer}/content/{}", escaped(documented)), &value)
    }

    /// The same of each line but the last, which says that there are no more.
    fn lines(&self, pointer: &str, body: &[u8]) -> Result<(), String> {
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for line in lines {
            let value: Value = serde_json::from_slice(line).map_err(|error| format!("a line is no JSON: {error}"))?;
            if value != json!({"end": true}) {
                self.valid(pointer, &value)?;
            }
        }
        Ok(())
    }

    /// Whether a value is what the schema at this place of the document says.
    pub fn valid(&self, pointer: &str, value: &Value) -> Result<(), String> {
        let Some(index) = self.indices.get(pointer) else { return Ok(()) };
        self.schemas.validate(value, *index).map_err(|error| format!("{error} in {value}"))
    }

    /// The path of the document that a request's path is of: names before parameters, from the left.
    fn template(&self, path: &str) -> Option<&str> {
        let paths = self.document["paths"].as_object().unwrap().keys();
        let fitting = paths.filter(|template| fits(template, path));
        fitting
            .max_by_key(|template| template.split('/').map(|part| !part.starts_with('{')).collect::<Vec<_>>())
            .map(String::as_str)
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            // At the end, or at what stands for the rest, slashes included.
            (None, None) | (Some("{path}"), Some(_)) => return true,
            (Some(wanted), Some(given)) if wanted == given || (wanted.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

fn missing_headers(response: &Value, headers: &HeaderMap) -> Result<(), String> {
    let documented = response["headers"].as_object().into_iter().flatten();
    let mut required = documented.filter(|(_, header)| header["required"] == true).map(|(name, _)| name.to_lowercase());
    required
        .find(|name| !headers.contains_key(name))
        .map_or(Ok(()), |name| Err(format!("the header {name} is missing")))
}

/// The code is one that the answer is documented to have, and its title is always the same.
fn problem(content: &Value, problem: &Value) -> Result<(), String> {
    let code = problem["code"].as_str().unwrap_or_default();
    let Some(example) = content["examples"].get(code) else { return Err(format!("the code {code} is not documented")) };
    let same = |member: &str| example["value"][member] == problem[member];
    let is_right = ["type", "title", "status"].into_iter().all(same);
    if is_right { Ok(()) } else { Err(format!("{problem} is not like {}", example["value"])) }
}

fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// Where the document says what a body is.
fn contents(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let Some(members) = value.as_object() else { return };
    for (name, member) in members {
        let here = format!("{pointer}/{}", escaped(name));
        if name == "content" {
            let kinds = member.as_object().unwrap().iter().filter(|(_, content)| content["schema"].is_object());
            found.extend(kinds.map(|(kind, _)| format!("{here}/{}", escaped(kind))));
        } else if !["schemas", "strict", "examples"].contains(&name.as_str()) {
            contents(member, &here, found);
        }
    }
}

/// The document with schemas that allow no member which they do not name. Clients have to take what they do not know; tests must not.
fn strict(document: &Value) -> Value {
    let mut document = document.clone();
    rewrite(&mut document, false);
    let schemas = document["components"]["schemas"].as_object().unwrap().clone();
    let strict: Map<String, Value> = schemas
        .iter()
        .map(|(name, schema)| {
            let has_members = schema["properties"].is_object() || schema["allOf"].is_array();
            let mut strict = json!({"$ref": format!("#/components/schemas/{name}")});
            if has_members {
                strict["unevaluatedProperties"] = false.into();
            }
            (name.clone(), strict)
        })
        .collect();
    document["components"]["strict"] = strict.into();
    document
}

fn rewrite(value: &mut Value, is_part: bool) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref").filter(|_| !is_part) {
                *reference = reference.replace("#/components/schemas/", "#/components/strict/");
            }
            for (name, member) in members {
                match member {
                    // The parts of a whole are strict together.
                    Value::Array(parts) if name == "allOf" => parts.iter_mut().for_each(|part| rewrite(part, true)),
                    member => rewrite(member, false),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, false)),
        _ => {}
    }
}
