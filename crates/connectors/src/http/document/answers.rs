//! The answers of an operation: those of its handler, those of its door, and those that anything can have.

use super::{
    each_operation,
    refuses::{LIST, told},
};
use crate::http::{
    query::{too_large, unsupported},
    routes::Before,
};
use edge::Problem;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PROBLEM: &str = "application/problem+json";

/// What the headers of answers say.
const HEADERS: [(&str, &str, &str); 6] = [
    ("X-Request-Id", "string", "The id under which the logs know this request."),
    ("RateLimit", "string", "What is left of the quota, and the seconds until it is whole again: `\"api\";r=99;t=60`."),
    ("RateLimit-Policy", "string", "The quota and its window in seconds: `\"api\";q=100;w=60`."),
    ("Retry-After", "integer", "Seconds after which another attempt makes sense."),
    ("WWW-Authenticate", "string", "What to show (RFC 6750, RFC 9728)."),
    ("Allow", "string", "The methods that there are."),
];

/// Adds what the handler does not say itself.
pub fn complete(operation: &mut Map<String, Value>, before: Before, has_action: bool) {
    let mut problems = of_the_request(operation, before);
    problems.extend(before.problems(has_action));
    // The layers round every route: a panic, and the time-out of the whole request.
    problems.extend([Problem::internal(), Problem::overloaded(chrono::TimeDelta::seconds(1))]);
    let is_counted = before.is_counted();
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for response in responses.values_mut().filter_map(Value::as_object_mut) {
        header(response, "X-Request-Id", true);
        if is_counted {
            header(response, "RateLimit", true);
            header(response, "RateLimit-Policy", true);
        }
    }
    let own = responses.remove(LIST).and_then(|mut carrier| carrier.as_object_mut()?.remove(LIST));
    let own = own.and_then(|list| list.as_array().cloned()).unwrap_or_default();
    for problem in problems.iter().map(told).chain(own) {
        add(responses, &problem, is_counted);
    }
    if let Some(any) = responses.get("default").and_then(|any| any.get("content")).cloned() {
        passed_on(responses, &any);
    }
    describe(responses);
}

/// What an operation refuses because of the form of the request.
fn of_the_request(operation: &Map<String, Value>, before: Before) -> Vec<Problem> {
    let body = operation.get("requestBody");
    // What is signed is read as it came, whatever its kind.
    let is_json =
        before != Before::Signature && body.is_some_and(|body| body["content"]["application/json"].is_object());
    let mut problems = Vec::new();
    if body.is_some() || operation.contains_key("parameters") {
        problems.push(Problem::invalid("#/limit", "limit must be a whole number from 1 to 100"));
    }
    if is_json {
        problems.extend([too_large(), unsupported()]);
    }
    problems
}

/// One more code of an answer.
fn add(responses: &mut Map<String, Value>, problem: &Value, is_counted: bool) {
    let (Some(status), Some(code)) = (problem["status"].as_u64(), problem["code"].as_str()) else { return };
    let response = responses.entry(status.to_string()).or_insert_with(|| json!({"description": ""}));
    let has_others = response["content"].is_object() && response["content"][PROBLEM].is_null();
    let content = &mut response["content"][PROBLEM];
    content["schema"] = json!({"$ref": "#/components/schemas/Problem"});
    if content["examples"][code].is_null() {
        content["examples"][code] = json!({"value": problem["body"]});
    }
    let Some(response) = response.as_object_mut() else { return };
    header(response, "X-Request-Id", true);
    for (name, _, _) in HEADERS {
        if problem["headers"].as_array().is_some_and(|names| names.contains(&name.to_lowercase().into())) {
            // Some codes of a status may come without it.
            header(response, name, false);
        }
    }
    if is_counted {
        // Who is not let in is not counted.
        let always = status == 429 || has_others;
        header(response, "RateLimit", always);
        header(response, "RateLimit-Policy", always);
    }
}

/// Where somebody else's answers are passed on, theirs may have any status.
fn passed_on(responses: &mut Map<String, Value>, content: &Value) {
    for response in responses.values_mut() {
        for (kind, any) in content.as_object().into_iter().flatten() {
            response["content"][kind] = any.clone();
        }
    }
}

fn header(response: &mut Map<String, Value>, name: &str, is_always_there: bool) {
    let headers = response.entry("headers").or_insert_with(|| json!({}));
    let known = HEADERS.iter().find(|(known, _, _)| *known == name);
    let Some((_, kind, about)) = known.filter(|_| headers[name]["required"].is_null()) else { return };
    headers[name] = json!({"description": about, "required": is_always_there, "schema": {"type": kind}});
}

/// A response without words of its own says its codes.
fn describe(responses: &mut Map<String, Value>) {
    for response in responses.values_mut() {
        let codes = codes(response).into_iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = if codes.is_empty() { "Done.".to_owned() } else { format!("{codes}.") }.into();
        }
    }
}

fn codes(response: &Value) -> Vec<&str> {
    let examples = response["content"][PROBLEM]["examples"].as_object();
    examples.into_iter().flatten().map(|(code, _)| code.as_str()).collect()
}

/// Refusals that several operations have in common stand in the document once, named by door, status and codes.
pub fn share(document: &mut Value) {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    each_refusal(document, |name, response| {
        found.entry(name).or_default().insert(response.to_string());
    });
    // Those that differ in nothing but an example's words stay where they are.
    found.retain(|_, texts| texts.len() == 1);
    let mut shared = Map::new();
    each_refusal(document, |name, response| {
        if found.contains_key(&name) {
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            shared.insert(name, std::mem::replace(response, reference));
        }
    });
    document["components"]["responses"] = shared.into();
}

fn each_refusal(document: &mut Value, mut work: impl FnMut(String, &mut Value)) {
    each_operation(document, |_, _, operation| {
        let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            let codes = codes(response).join(".");
            let kinds = response["content"].as_object().map_or(0, Map::len);
            match (codes.as_str(), kinds, response["content"]["*/*"].is_object()) {
                ("", _, _) => {}
                (_, 1, _) => work(format!("{tag}.{status}.{codes}"), response),
                (_, 2, true) => work(format!("{tag}.{status}.{codes}.any"), response),
                _ => {}
            }
        }
    });
}
