//! JSON-RPC: reading one message, and writing answers.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

pub(super) const PARSE: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;
pub(super) const NO_METHOD: i32 = -32601;
pub(super) const INVALID_PARAMS: i32 = -32602;
/// What the transport refuses.
pub(super) const TRANSPORT: i32 = -32000;
/// The headers and the body say different things.
pub(super) const MISMATCH: i32 = -32020;
pub(super) const NO_CAPABILITY: i32 = -32021;
pub(super) const NO_VERSION: i32 = -32022;

pub(super) enum Message {
    Request(Request),
    /// A notification, or an answer to something that this server never asks.
    Other,
}

pub(super) struct Request {
    pub(super) id: Value,
    pub(super) method: String,
    pub(super) params: Map<String, Value>,
}

impl Request {
    /// What travels beside the parameters.
    pub(super) fn meta(&self, name: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(name)
    }
}

pub(super) fn error(status: StatusCode, id: &Value, code: i32, message: &str) -> Response {
    error_with(status, id, code, message, Value::Null)
}

pub(super) fn error_with(status: StatusCode, id: &Value, code: i32, message: &str, data: Value) -> Response {
    let mut error = json!({"code": code, "message": message});
    if !data.is_null() {
        error["data"] = data;
    }
    (status, Json(json!({"jsonrpc": "2.0", "id": id, "error": error}))).into_response()
}

pub(super) fn read(body: &[u8]) -> Result<Message, Box<Response>> {
    let refuse = |code, message| Box::new(error(StatusCode::BAD_REQUEST, &Value::Null, code, message));
    let message = serde_json::from_slice::<Value>(body).map_err(|_| refuse(PARSE, "Parse error: Invalid JSON"))?;
    let Value::Object(mut members) = message else {
        let why =
            if message.is_array() { "Bad Request: batches are not supported" } else { "Bad Request: not a message" };
        return Err(refuse(INVALID_REQUEST, why));
    };
    if members.get("jsonrpc").is_none_or(|version| version != "2.0") {
        return Err(refuse(INVALID_REQUEST, "Invalid Request: jsonrpc must be \"2.0\""));
    }
    let id = members.remove("id");
    let is_answer = members.contains_key("result") || members.contains_key("error");
    let params = match members.remove("params") {
        None => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(refuse(INVALID_REQUEST, "Invalid Request: params must be an object")),
    };
    match (members.remove("method"), id) {
        (None, Some(_)) if is_answer => Ok(Message::Other),
        (Some(Value::String(_)), None) => Ok(Message::Other),
        (Some(Value::String(method)), Some(id)) if id.is_string() || id.is_i64() || id.is_u64() => {
            Ok(Message::Request(Request { id, method, params }))
        }
        (Some(Value::String(_)), Some(_)) => {
            Err(refuse(INVALID_REQUEST, "Invalid Request: an id is a string or an integer"))
        }
        _ => Err(refuse(INVALID_REQUEST, "Invalid Request: neither a request nor a notification")),
    }
}
