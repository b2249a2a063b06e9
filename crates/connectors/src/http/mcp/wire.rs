//! JSON-RPC over HTTP. What is refused before there is a message to answer is a problem like everywhere else.

use super::service::Tools;
use crate::http::document::{Fails, Refuses};
use axum::{
    Extension, Json,
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse, Response},
};
use edge::Problem;
use http::{
    StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use rmcp::transport::{StreamableHttpService, streamable_http_server::session::never::NeverSessionManager};
use serde_json::json;

pub type Server = StreamableHttpService<Tools, NeverSessionManager>;

/// Of a sentence that says why a request is refused, in bytes.
const LONGEST_REASON: usize = 4 * 1024;

/// JSON-RPC's answer to what it cannot read. It does not know of which request.
pub fn no_message() -> Response {
    let error = json!({"code": -32600, "message": "Invalid Request: the body is not one JSON-RPC message"});
    let answer = json!({"jsonrpc": "2.0", "id": null, "error": error});
    (StatusCode::BAD_REQUEST, Json(answer)).into_response()
}

/// Takes a message of an MCP client.
///
/// Streamable HTTP without sessions, in both eras of the protocol: `initialize`, `tools/list`, `tools/call` and what belongs to them. The
/// tools are those that the person has allowed (`PUT /agent/tools`) and that need no question before each call.
#[utoipa::path(
    post, path = "/mcp", operation_id = "callMcp",
    params(
        ("Accept" = String, Header, description = "Both kinds of answer.", example = "application/json, text/event-stream"),
        ("MCP-Protocol-Version" = Option<String>, Header, description = "The revision that the client speaks.", example = "2025-06-18"),
    ),
    request_body(content = Object, description = "One JSON-RPC message.", content_type = "application/json"),
    responses(
        (status = 200, description = "JSON-RPC's answer: `result` or `error`.", content((Object = "application/json"), (String = "text/event-stream"))),
        (status = 202, description = "A notification, which has no answer."),
        (status = 400, description = "The message cannot be read.", body = Object),
        (status = 404, description = "There is no such method.", body = Object),
        Refuses<(Form, Host)>,
    )
)]
pub async fn post(Extension(server): Extension<Server>, request: Request) -> Response {
    answered(server.handle(request).await.map(Body::new)).await
}

/// Is not offered.
///
/// Nothing is sent without a question: there is no stream to open.
#[utoipa::path(get, path = "/mcp", operation_id = "openMcpStream", responses(Refuses<(NotOffered, Host)>))]
pub async fn get(Extension(server): Extension<Server>, request: Request) -> Response {
    answered(server.handle(request).await.map(Body::new)).await
}

/// Is not offered.
///
/// There are no sessions that could be ended.
#[utoipa::path(delete, path = "/mcp", operation_id = "endMcpSession", responses(Refuses<(NotOffered, Host)>))]
pub async fn delete(Extension(server): Extension<Server>, request: Request) -> Response {
    answered(server.handle(request).await.map(Body::new)).await
}

/// The answer; where it is a sentence without form, as a problem.
async fn answered(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).map_or(&b"text/plain"[..], |kind| kind.as_bytes());
    if !(status.is_client_error() || status.is_server_error()) || !kind.starts_with(b"text/plain") {
        return response;
    }
    let (parts, body) = response.into_parts();
    let reason = to_bytes(body, LONGEST_REASON).await.unwrap_or_default();
    let problem = problem(status, &String::from_utf8_lossy(&reason));
    match parts.headers.get(ALLOW).cloned() {
        Some(methods) => problem.header(ALLOW, methods).into_response(),
        None => problem.into_response(),
    }
}

fn problem(status: StatusCode, reason: &str) -> Problem {
    let (code, title) = match status {
        StatusCode::FORBIDDEN => ("FORBIDDEN", "Forbidden"),
        StatusCode::NOT_FOUND => ("NOT_FOUND", "No such route"),
        StatusCode::METHOD_NOT_ALLOWED => ("METHOD_NOT_ALLOWED", "Method not allowed"),
        StatusCode::NOT_ACCEPTABLE => ("NOT_ACCEPTABLE", "Not acceptable"),
        StatusCode::PAYLOAD_TOO_LARGE => ("PAYLOAD_TOO_LARGE", "Payload too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("UNSUPPORTED_MEDIA_TYPE", "Unsupported media type"),
        status if status.is_server_error() => return Problem::internal(),
        _ => return Problem::invalid("#", reason),
    };
    Problem::new(status, code, title).detail(reason)
}

/// A message that cannot be taken.
pub struct Form;

impl Fails for Form {
    fn problems() -> Vec<Problem> {
        let wanted = "Not Acceptable: Client must accept both application/json and text/event-stream";
        vec![problem(StatusCode::NOT_ACCEPTABLE, wanted)]
    }
}

/// A request for another host, or from a page of another origin.
pub struct Host;

impl Fails for Host {
    fn problems() -> Vec<Problem> {
        vec![problem(StatusCode::FORBIDDEN, "Forbidden: Host header is not allowed")]
    }
}

/// What the protocol has and this server has not.
pub struct NotOffered;

impl Fails for NotOffered {
    fn problems() -> Vec<Problem> {
        let allow = http::HeaderValue::from_static("POST");
        vec![problem(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed").header(ALLOW, allow)]
    }
}
