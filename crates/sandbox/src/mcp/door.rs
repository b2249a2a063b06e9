//! The HTTP of it: who is let in, what is understood, and of which era a request is.

use super::{
    Server, call,
    dial::Era,
    list, listen,
    rpc::{self, Message, Request},
};
use crate::{account::Vendor, app::App, credentials, ledger::Grant};
use axum::{
    Extension,
    body::Body,
    extract::{Request as Http, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

pub(super) const MODERN: &str = "2026-07-28";
/// The newest first.
const LEGACY: [&str; 5] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"];
const BODY_LIMIT: usize = 4 * 1024 * 1024;
const META: &str = "io.modelcontextprotocol/";

/// A request that was let in and understood.
pub(super) struct Asked {
    pub(super) app: App,
    pub(super) server: &'static Server,
    pub(super) grant: Grant,
    pub(super) request: Request,
    pub(super) is_modern: bool,
}

/// Notes every request, those that faults are for too. Of the token whose it is.
pub(super) async fn note(State((app, vendor)): State<(App, Vendor)>, request: Http, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Some(body) = crate::body::whole(body, BODY_LIMIT).await else {
        return rpc::error(StatusCode::PAYLOAD_TOO_LARGE, &Value::Null, rpc::TRANSPORT, "Payload Too Large");
    };
    let grant = app.bearer(vendor, &parts.headers);
    let credential = json!({
        "header": parts.headers.contains_key(header::AUTHORIZATION).then_some("authorization"), "right": grant.is_some(),
        "account": grant.as_ref().map(|grant| grant.account.name()),
    });
    let number = app.mcp.of(vendor).requests.note(&parts, &body, credential);
    let response = next.run(Http::from_parts(parts, Body::from(body))).await;
    app.mcp.of(vendor).requests.answered(number, response.status(), response.headers());
    response
}

pub(super) async fn serve(
    State(app): State<App>,
    Extension(server): Extension<&'static Server>,
    request: Http,
) -> Response {
    match understood(app, server, request).await {
        Ok(Some(asked)) => answer(asked).await,
        Ok(None) => StatusCode::ACCEPTED.into_response(),
        Err(refused) => *refused,
    }
}

/// `None`: nothing is to be answered.
async fn understood(app: App, server: &'static Server, request: Http) -> Result<Option<Asked>, Box<Response>> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let refuse = |status, why: &str| Box::new(rpc::error(status, &Value::Null, rpc::TRANSPORT, why));
    if headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() != app.url.as_bytes()) {
        return Err(refuse(StatusCode::FORBIDDEN, "Forbidden: Invalid Origin header"));
    }
    let Some(grant) = app.bearer(server.vendor, &headers) else {
        return Err(Box::new(unauthenticated(&app, server, &headers)));
    };
    if parts.method != Method::POST {
        let refused = refuse(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.");
        return Err(Box::new(([(header::ALLOW, "POST")], *refused).into_response()));
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts =
        |kind: &str| text(header::ACCEPT).split(',').any(|each| each.split(';').next().map(str::trim) == Some(kind));
    if !accepts("application/json") || !accepts("text/event-stream") {
        let why = "Not Acceptable: Client must accept both application/json and text/event-stream";
        return Err(refuse(StatusCode::NOT_ACCEPTABLE, why));
    }
    if text(header::CONTENT_TYPE).split(';').next().map(str::trim) != Some("application/json") {
        let why = "Unsupported Media Type: Content-Type must be application/json";
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let body = crate::body::whole(body, BODY_LIMIT).await;
    let message = rpc::read(&body.ok_or_else(|| refuse(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large"))?)?;
    let era = app.mcp.of(server.vendor).settings().era;
    let Message::Request(request) = message else { return version(&headers, era).map(|()| None) };
    let is_modern = modern(&headers, &request, era)?;
    if !is_modern {
        version(&headers, era)?;
    }
    Ok(Some(Asked { app, server, grant, request, is_modern }))
}

fn challenge(app: &App, server: &Server) -> String {
    let vendor = server.vendor.slug();
    format!("resource_metadata=\"{}/.well-known/oauth-protected-resource/{vendor}/mcp\"", app.url)
}

fn unauthenticated(app: &App, server: &Server, headers: &HeaderMap) -> Response {
    let where_to = challenge(app, server);
    let scopes = server.scopes().join(" ");
    let is_dead = credentials::token(headers, &["bearer"]).is_some();
    let why = if is_dead { "error=\"invalid_token\", error_description=\"The token is not valid\", " } else { "" };
    let challenge = format!("Bearer {why}{where_to}, scope=\"{scopes}\"");
    let refused = rpc::error(StatusCode::UNAUTHORIZED, &Value::Null, rpc::TRANSPORT, "Unauthorized");
    ([(header::WWW_AUTHENTICATE, challenge)], refused).into_response()
}

pub(super) fn out_of_scope(asked: &Asked, scopes: &[&str]) -> Response {
    let where_to = challenge(&asked.app, asked.server);
    let scope = scopes.first().copied().unwrap_or_default();
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\", {where_to}");
    let refused = rpc::error(StatusCode::FORBIDDEN, &asked.request.id, rpc::TRANSPORT, "Forbidden: insufficient scope");
    ([(header::WWW_AUTHENTICATE, challenge)], refused).into_response()
}

/// The header of a legacy request, which `initialize` comes without.
fn version(headers: &HeaderMap, era: Era) -> Result<(), Box<Response>> {
    let Some(version) = headers.get("mcp-protocol-version") else { return Ok(()) };
    let version = String::from_utf8_lossy(version.as_bytes());
    if LEGACY.contains(&version.as_ref()) || (version == MODERN && era != Era::Legacy) {
        return Ok(());
    }
    let why =
        format!("Bad Request: Unsupported protocol version: {version} (supported versions: {})", LEGACY.join(", "));
    Err(Box::new(rpc::error(StatusCode::BAD_REQUEST, &Value::Null, rpc::TRANSPORT, &why)))
}

fn unsupported(request: &Request, requested: &str, supported: &[&str]) -> Response {
    let data = json!({"supported": supported, "requested": requested});
    let why = format!("Unsupported protocol version: {requested}");
    rpc::error_with(StatusCode::BAD_REQUEST, &request.id, rpc::NO_VERSION, &why, data)
}

/// Whether the request is of the modern era; if it is, everything that it says twice has to be the same.
fn modern(headers: &HeaderMap, request: &Request, era: Era) -> Result<bool, Box<Response>> {
    let header = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let told = header("mcp-protocol-version");
    let envelope = request.meta(&format!("{META}protocolVersion")).and_then(Value::as_str);
    if told.as_deref() != Some(MODERN) && envelope.is_none() {
        let asked = request.params.get("protocolVersion").and_then(Value::as_str).or(told.as_deref());
        return if era == Era::Modern {
            Err(Box::new(unsupported(request, asked.unwrap_or("2025-03-26"), &[MODERN])))
        } else {
            Ok(false)
        };
    }
    if era == Era::Legacy {
        return Err(Box::new(unsupported(request, envelope.unwrap_or(MODERN), &LEGACY)));
    }
    let missing = |key: &str| {
        let why = format!("Invalid _meta envelope for protocol revision {MODERN}: {META}{key}: missing");
        let data = json!({"envelope": {"key": format!("{META}{key}"), "problem": "missing"}});
        Box::new(rpc::error_with(StatusCode::BAD_REQUEST, &request.id, rpc::INVALID_PARAMS, &why, data))
    };
    let differs = |name: &str, told: Option<&str>, is: &str| {
        let why = format!("the body says {is} and the header {name} says {}", told.unwrap_or("nothing"));
        let data = json!({"mismatch": {"header": told.unwrap_or("(missing)"), "body": why}});
        let why = format!("Bad Request: the request headers and body disagree: {why}");
        Box::new(rpc::error_with(StatusCode::BAD_REQUEST, &request.id, rpc::MISMATCH, &why, data))
    };
    let envelope = envelope.ok_or_else(|| missing("protocolVersion"))?;
    if told.as_deref() != Some(envelope) {
        return Err(differs("MCP-Protocol-Version", told.as_deref(), envelope));
    }
    if envelope != MODERN {
        return Err(Box::new(unsupported(request, envelope, &[MODERN])));
    }
    for key in ["clientInfo", "clientCapabilities"] {
        request.meta(&format!("{META}{key}")).filter(|value| value.is_object()).ok_or_else(|| missing(key))?;
    }
    let method = header("mcp-method");
    if method.as_deref() != Some(&request.method) {
        return Err(differs("Mcp-Method", method.as_deref(), &request.method));
    }
    if request.method == "tools/call" {
        let name = header("mcp-name");
        let body = request.params.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.as_deref().and_then(decoded).as_deref() != Some(body) {
            return Err(differs("Mcp-Name", name.as_deref(), body));
        }
    }
    Ok(true)
}

/// What is not ASCII travels in base64.
fn decoded(value: &str) -> Option<String> {
    match value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        None => Some(value.to_owned()),
        Some(coded) => String::from_utf8(STANDARD.decode(coded).ok()?).ok(),
    }
}

impl Asked {
    /// The server, as it calls itself.
    pub(super) fn server_info(&self) -> Value {
        json!({"name": self.server.name, "version": "1.0.0"})
    }

    /// Whether the client said that it can do this.
    pub(super) fn is_capable_of(&self, what: &str) -> bool {
        self.request.meta(&format!("{META}clientCapabilities")).is_some_and(|all| all.get(what).is_some())
    }

    pub(super) fn error(&self, code: i32, message: &str) -> Response {
        let is_missing = self.is_modern && code == rpc::NO_METHOD;
        let status = if is_missing { StatusCode::NOT_FOUND } else { StatusCode::OK };
        rpc::error(status, &self.request.id, code, message)
    }

    /// The answer's JSON, with what its era wants beside it.
    pub(super) fn whole(&self, mut result: Value) -> Value {
        if self.is_modern && result.is_object() {
            if result.get("resultType").is_none() {
                result["resultType"] = json!("complete");
            }
            result["_meta"][format!("{META}serverInfo")] = self.server_info();
        }
        json!({"jsonrpc": "2.0", "id": self.request.id, "result": result})
    }

    /// As JSON, or as a stream of events where the server is set to it.
    pub(super) fn told(&self, result: Value) -> Response {
        let settings = self.app.mcp.of(self.server.vendor).settings();
        call::sent(self, &[], &self.whole(result), settings.sse)
    }
}

async fn answer(asked: Asked) -> Response {
    match (asked.request.method.as_str(), asked.is_modern) {
        ("initialize", false) => initialize(&asked),
        ("ping", false) => asked.told(json!({})),
        ("server/discover", true) => discover(&asked),
        ("subscriptions/listen", true) => listen::listen(&asked),
        ("tools/list", _) => list::list(&asked),
        ("tools/call", _) => call::call(&asked).await,
        _ => asked.error(rpc::NO_METHOD, "Method not found"),
    }
}

const INSTRUCTIONS: &str = "The tools act on what the person behind the token keeps.";

fn initialize(asked: &Asked) -> Response {
    let params = &asked.request.params;
    let wished = params.get("protocolVersion").and_then(Value::as_str);
    let has = |name: &str| params.get(name).is_some_and(Value::is_object);
    let (Some(wished), true, true) = (wished, has("capabilities"), has("clientInfo")) else {
        let why = "Invalid params: protocolVersion, capabilities and clientInfo are needed";
        return asked.error(rpc::INVALID_PARAMS, why);
    };
    let version = LEGACY.iter().find(|version| **version == wished).unwrap_or(&LEGACY[0]);
    asked.told(json!({
        "protocolVersion": version, "capabilities": {"tools": {"listChanged": false}},
        "serverInfo": asked.server_info(), "instructions": INSTRUCTIONS,
    }))
}

fn discover(asked: &Asked) -> Response {
    asked.told(json!({
        "supportedVersions": [MODERN], "capabilities": {"tools": {"listChanged": true}}, "instructions": INSTRUCTIONS,
        "ttlMs": 0, "cacheScope": "private",
    }))
}
