//! The OpenAPI document: what the handlers say of themselves, what stands before them adds, and what holds for all of them.

mod answers;
mod examples;
mod links;
mod reach;
mod refuses;
mod requests;
pub mod schemas;

pub use refuses::{Fails, Refuses};

use super::{folders, mcp, routes::Before};
use edge::ProblemDetails;
use serde_json::{Map, Value};
use std::sync::OnceLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// What an operation can be. `HEAD` is answered where `GET` is, as HTTP has it, and is not told of.
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Connectors",
        description = "Connections, tokens, signals and tools for AI products.\n\n\
            Every failure is `application/problem+json` (RFC 9457): `code` is what programs switch on, `detail` says what to do. \
            The examples of a response are the codes that it can have. Words in answers, such as the status of a connection, may \
            become more; those that requests may say are listed.\n\n\
            Who calls too often is told so in `RateLimit` and `RateLimit-Policy` \
            (draft-ietf-httpapi-ratelimit-headers), and gets 429 with `Retry-After`.",
        license(name = "MIT", identifier = "MIT")
    ),
    servers((url = "/", description = "Where this document comes from.")),
    modifiers(&Security),
    components(schemas(ProblemDetails)),
    tags(
        (name = "service", description = "About the service itself. No credentials, and calls are not counted."),
        (name = "public", description = "No credentials; some routes take them all the same, and then they must hold."),
        (name = "hooks", description = "The vendor's signature over the raw bytes."),
        (name = "member", description = "A JWT of the auth service."),
        (name = "operator", description = "An operator token, and for a tenant's things X-Tenant-Id."),
        (name = "tenant", description = "Either of the two."),
        (name = "agents", description = "A JWT of the auth service, or an access token for this resource."),
    )
)]
struct Api;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        // One scheme, whoever calls: a client that knows several would send as many headers.
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "Of a member, a JWT of the auth service (its GET /api/auth/token). Of an operator, one of OPERATOR_TOKENS or of `connectors \
             tokens`. At /mcp a member's JWT, or an access token of the auth service for this resource with the scope mcp:tools (GET \
             /.well-known/oauth-protected-resource/mcp).",
        ));
        let tenant = ApiKeyValue::with_description(
            "X-Tenant-Id",
            "The tenant that an operator acts for, a UUID. A member acts in their own tenant, and need not name it.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        components.add_security_scheme("tenant", SecurityScheme::ApiKey(ApiKey::Header(tenant)));
    }
}

/// The document, which says the same wherever this version runs.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut whole = value(&Api::openapi());
        for (before, routes) in folders().into_iter().chain(mcp::folders()) {
            let mut part = value(&routes.into_document());
            complete(&mut part, before);
            merge(&mut whole, part);
        }
        reach::require(&mut whole);
        links::add(&mut whole);
        examples::add(&mut whole);
        answers::share(&mut whole);
        whole
    })
}

/// A document is a tree of maps and texts: there is nothing in it that JSON does not have.
fn value(document: &Document) -> Value {
    serde_json::to_value(document).unwrap_or_default()
}

/// What a folder's routes have in common.
fn complete(part: &mut Value, before: Before) {
    each_operation(part, |_, _, operation| {
        let has_action = operation.contains_key(super::routes::IN_THE_DOCUMENT);
        requests::without_null(operation);
        operation.insert("tags".to_owned(), vec![before.tag()].into());
        operation.insert("security".to_owned(), before.security(has_action));
        answers::complete(operation, before, has_action);
    });
    distinguish(part);
}

/// One handler under several methods of a path has a name for each.
fn distinguish(part: &mut Value) {
    for item in part["paths"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        let Some(item) = item.as_object_mut().filter(|item| item.len() > 1) else { continue };
        let names: Vec<Value> = item.values().map(|operation| operation["operationId"].clone()).collect();
        for (method, operation) in item.iter_mut() {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            if names.iter().filter(|other| **other == name).count() > 1 {
                let (first, rest) = method.split_at(1);
                operation["operationId"] = format!("{name}{}{rest}", first.to_uppercase()).into();
            }
        }
    }
}

fn merge(whole: &mut Value, part: Value) {
    let Value::Object(mut part) = part else { return };
    for (place, from) in [("/paths", part.remove("paths")), ("/components/schemas", schemas_of(&mut part))] {
        if let (Some(to), Some(Value::Object(from))) = (whole.pointer_mut(place).and_then(Value::as_object_mut), from) {
            to.extend(from);
        }
    }
}

fn schemas_of(part: &mut Map<String, Value>) -> Option<Value> {
    part.get_mut("components")?.as_object_mut()?.remove("schemas")
}

/// Path, method and operation of all there are.
fn each_operation(document: &mut Value, mut work: impl FnMut(&str, &str, &mut Map<String, Value>)) {
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut().filter(|_| METHODS.contains(&method.as_str())) {
                work(path, method, operation);
            }
        }
    }
}

fn name(operation: &Map<String, Value>) -> &str {
    operation.get("operationId").and_then(Value::as_str).unwrap_or_default()
}
