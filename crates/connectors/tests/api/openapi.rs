//! The document says what is there, every door in it is shut, and what it says of itself holds.

use crate::support::{OPERATOR, Server, promise::Promise};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Operations that answer without credentials; what proves a right on them is checked by their own tests.
const PUBLIC: [&str; 25] = [
    "finishApiAuth",
    "finishOauth",
    "finishOauthCallback",
    "getConsole",
    "getConsoleFile",
    "getConsolePage",
    "getDocs",
    "getDocsFile",
    "getHealth",
    "getLiveness",
    "getMcpMetadata",
    "getOpenapi",
    "getProvider",
    "getReadiness",
    "getResourceMetadata",
    "getWidget",
    "listProviders",
    "openConsole",
    "openDocs",
    "openInstallLink",
    "startApiAuth",
    "startOauth",
    "takeAppWebhook",
    "takeEvents",
    "takeTenantWebhook",
];

/// Path, method and operation, by operation id.
fn operations(document: &Value) -> BTreeMap<String, (String, String, Value)> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            let twice = all.insert(name, (path.clone(), method.clone(), operation.clone()));
            assert!(twice.is_none(), "{twice:?}");
        }
    }
    all
}

fn responses<'a>(document: &'a Value, operation: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let whole = |response: &'a Value| match response["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => response,
    };
    operation["responses"].as_object().unwrap().iter().map(|(status, it)| (status.as_str(), whole(it))).collect()
}

/// Each documented route wants credentials or stands in the public list, in the document as on the wire.
#[tokio::test]
async fn every_route_wants_credentials_or_is_listed_as_public() {
    let server = Server::start().await;
    let document = server.anonymous().get("/openapi.json").await.with(200);
    let (mut public, listed) = (BTreeSet::new(), BTreeSet::from(PUBLIC));
    for (name, (path, method, operation)) in operations(&document) {
        let real = path
            .replace("{provider}", "github")
            .replace("{file}", "swagger-ui.css")
            .replace("{tenant_id}", &Uuid::now_v7().to_string())
            .replace("{connection_id}", &Uuid::now_v7().to_string())
            .replace("{id}", &Uuid::now_v7().to_string());
        let answer = server.anonymous().send(method.to_uppercase().parse().unwrap(), &real, "").await;
        let is_shut = answer.status == 401 && answer.json()["code"] == "UNAUTHORIZED";
        let is_public = operation["security"].as_array().unwrap().contains(&json!({}));
        // The install link without a start token is for callers with credentials.
        assert!(is_shut != is_public || name == "openInstallLink", "{name} {}", answer.status);
        if is_public {
            public.insert(name);
        }
    }
    assert_eq!(public.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
}

/// The document in the repository, which reviews look at and clients are generated from, is that of the code. `connectors openapi`
/// writes it.
#[test]
fn the_committed_document_is_that_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let is_same = &committed == connectors::openapi();
    assert!(is_same, "run: cargo run -p connectors -- openapi > crates/connectors/openapi.json");
}

/// Whatever there is has a name of its own, words, a heading, a way in, a good answer, and the errors that anything can have.
#[test]
fn every_operation_is_described() {
    let document = connectors::openapi();
    let headings: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut lacking = Vec::new();
    for (name, (_, method, operation)) in operations(document) {
        let summary = operation["summary"].as_str().unwrap_or_default();
        let is_brief = summary.ends_with('.') && summary.len() < 100 && !summary.contains('\n');
        let responses = responses(document, &operation);
        let has = |wanted: &str| responses.iter().any(|(status, _)| *status == wanted);
        let is_good = |status: &str| status.starts_with(['2', '3']) || status == "default";
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let is_told = |parameter: &Value| parameter["description"].is_string() && parameter["schema"].is_object();
        let has_example = |content: &Value| {
            content["application/json"].is_null() || content["application/json"]["example"].is_object()
        };
        for (what, holds) in [
            ("summary", is_brief),
            ("tag", headings.contains(operation["tags"][0].as_str().unwrap_or_default())),
            ("security", operation["security"].as_array().is_some_and(|ways| !ways.is_empty())),
            (
                "good answer",
                name.ends_with("McpStream")
                    || name.ends_with("McpSession")
                    || responses.iter().any(|(status, _)| is_good(status)),
            ),
            ("500", has("500")),
            ("503", has("503")),
            ("401", operation["security"].as_array().unwrap().contains(&json!({})) || has("401")),
            ("parameters with words", parameters.iter().all(is_told)),
            ("examples of parameters", parameters.iter().all(|parameter| !parameter["example"].is_null())),
            ("example of the request", method == "get" || has_example(&operation["requestBody"]["content"])),
            (
                "examples of answers",
                responses.iter().filter(|(status, _)| is_good(status)).all(|(_, it)| has_example(&it["content"])),
            ),
            (
                "descriptions of answers",
                responses.iter().all(|(_, it)| it["description"].as_str().is_some_and(|text| !text.is_empty())),
            ),
        ] {
            if !holds {
                lacking.push(format!("{name}: {what}"));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

/// Examples are what their schemas say.
#[test]
fn examples_keep_what_the_schemas_say() {
    let document = connectors::openapi();
    let promise = Promise::of(document);
    let mut wrong = Vec::new();
    for (name, (path, method, operation)) in operations(document) {
        let place = format!("/paths/{}/{method}", path.replace('/', "~1"));
        let mut contents = vec![(format!("{place}/requestBody"), &operation["requestBody"])];
        let inline = operation["responses"].as_object().unwrap().iter();
        contents.extend(inline.map(|(status, response)| (format!("{place}/responses/{status}"), response)));
        for (pointer, holder) in contents {
            let example = &holder["content"]["application/json"]["example"];
            if !example.is_null() {
                let valid = promise.valid(&format!("{pointer}/content/application~1json"), example);
                wrong.extend(valid.err().map(|error| format!("{name}: {error}")));
            }
        }
    }
    for (name, response) in document["components"]["responses"].as_object().unwrap() {
        let pointer = format!("/components/responses/{name}/content/application~1problem+json");
        for example in response["content"]["application/problem+json"]["examples"].as_object().unwrap().values() {
            wrong.extend(promise.valid(&pointer, &example["value"]).err());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Links lead to operations that exist, and name parameters that these have.
#[test]
fn links_lead_somewhere() {
    let document = connectors::openapi();
    let all = operations(document);
    let mut count = 0;
    for (name, (_, _, operation)) in &all {
        for link in responses(document, operation)
            .into_iter()
            .filter_map(|(_, it)| it["links"].as_object())
            .flat_map(Map::values)
        {
            let (_, _, target) =
                all.get(link["operationId"].as_str().unwrap()).unwrap_or_else(|| panic!("{name}: {link}"));
            let known: BTreeSet<&str> = target["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let named = link["parameters"].as_object().unwrap().keys().map(String::as_str);
            assert!(named.clone().count() > 0 && named.into_iter().all(|one| known.contains(one)), "{name}: {link}");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

/// Planted: each way in which an answer can differ from what is documented is found.
#[tokio::test]
async fn an_answer_that_was_not_promised_is_found() {
    let server = Server::start().await;
    let promise = Promise::of(connectors::openapi());
    let operator = server.anonymous().bearer(OPERATOR).with("x-tenant-id", &server.tenant().await.to_string());
    let list = operator.get("/connections").await;
    let nobody = server.anonymous().get("/connections").await;
    let check = |path: &str, status: StatusCode, headers: &HeaderMap, body: &Value| {
        promise.check(&Method::GET, path, status, headers, Some(body.to_string().as_bytes()))
    };
    let without = |name: &str| {
        let mut headers = list.headers.clone();
        headers.remove(name);
        headers
    };
    let (good, problem) = (list.json(), nobody.json());
    assert_eq!(check("/connections", list.status, &list.headers, &good), Ok(()));
    assert_eq!(check("/connections", nobody.status, &nobody.headers, &problem), Ok(()));
    let mut renamed = problem.clone();
    renamed["code"] = "NOTHING".into();
    let mut other_title = problem.clone();
    other_title["title"] = "Not like the others".into();
    for (case, found) in [
        ("another path", check("/connexions", list.status, &list.headers, &good)),
        ("another status", check("/connections", StatusCode::IM_A_TEAPOT, &list.headers, &good)),
        ("no content type", check("/connections", list.status, &without("content-type"), &good)),
        ("no header", check("/connections", list.status, &without("x-request-id"), &good)),
        (
            "a member more",
            check(
                "/connections",
                list.status,
                &list.headers,
                &json!({"connections": [], "next_cursor": null, "more": 1}),
            ),
        ),
        ("a member less", check("/connections", list.status, &list.headers, &json!({"connections": []}))),
        (
            "another kind",
            check("/connections", list.status, &list.headers, &json!({"connections": [], "next_cursor": 7})),
        ),
        ("a code", check("/connections", nobody.status, &nobody.headers, &renamed)),
        ("a title", check("/connections", nobody.status, &nobody.headers, &other_title)),
        ("another method", promise.check(&Method::PATCH, "/connections", list.status, &list.headers, Some(b"{}"))),
    ] {
        assert!(found.is_err(), "{case}");
    }
}

/// The documentation's page and its assets come out of the binary.
#[tokio::test]
async fn the_documentation_is_embedded() {
    let server = Server::start().await;
    let page = server.anonymous().get("/docs/").await;
    assert_eq!(page.status, 200);
    for (asset, kind) in [("swagger-ui-bundle.js", "javascript"), ("swagger-ui.css", "text/css")] {
        assert!(page.text.contains(asset), "{}", page.text);
        let answer = server.anonymous().get(&format!("/docs/{asset}")).await;
        assert_eq!(answer.status, 200, "{asset}");
        assert!(answer.header("content-type").unwrap().contains(kind) && answer.text.len() > 10_000);
    }
    assert!(server.anonymous().get("/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
}
