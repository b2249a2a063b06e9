//! `tools/call`.

use super::{
    dial::Does,
    door::{Asked, out_of_scope},
    rpc, schema,
};
use crate::{
    dials::Ongoing,
    sse::{self, End, event},
};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use std::time::Duration;

fn text(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

/// What the model is told so that it can do better.
fn failed(why: &str) -> Value {
    let mut result = text(why);
    result["isError"] = json!(true);
    result
}

pub(super) async fn call(asked: &Asked) -> Response {
    let (server, params) = (asked.server, &asked.request.params);
    let settings = asked.app.mcp.of(server.vendor).settings();
    let Some(name) = params.get("name").and_then(Value::as_str) else {
        return asked.error(rpc::INVALID_PARAMS, "Invalid params: name is needed");
    };
    let arguments = match params.get("arguments") {
        None => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return asked.error(rpc::INVALID_PARAMS, "Invalid params: arguments must be an object"),
    };
    let definitions = settings.definitions(server);
    let Some(definition) = definitions.iter().find(|tool| tool["name"] == name) else {
        return asked.error(rpc::INVALID_PARAMS, &format!("Tool {name} not found"));
    };
    let refused = schema::fault(&definition["inputSchema"], &Value::Object(arguments.clone()));
    let own = (server.tools)().into_iter().find(|tool| tool.name == name);
    if let Some(does) = settings.does(name) {
        return match refused {
            Some(why) => asked.told(failed(&why)),
            None => as_told(asked, does, settings.sse).await,
        };
    }
    if let Some(own) = own.filter(|own| !own.is_open_to(server.vendor, &asked.grant)) {
        return out_of_scope(asked, own.scopes);
    }
    if let Some(why) = refused {
        return asked.told(failed(&why));
    }
    asked.told(match (server.call)(&asked.app, &asked.grant, name, &arguments) {
        Err(why) => failed(&why),
        Ok(found) => {
            let mut result = text(&found.to_string());
            if definition.get("outputSchema").is_some() {
                result["structuredContent"] = found;
            }
            result
        }
    })
}

/// What a test has told the tool to do.
async fn as_told(asked: &Asked, does: &Does, is_sse: bool) -> Response {
    if let Some(capability) = does.requires.as_ref().filter(|what| asked.is_modern && !asked.is_capable_of(what)) {
        let data = json!({"requiredCapabilities": {capability.as_str(): {}}});
        let why = format!("Missing required client capability: {capability}");
        return rpc::error_with(StatusCode::BAD_REQUEST, &asked.request.id, rpc::NO_CAPABILITY, &why, data);
    }
    let counted = Ongoing::new(&asked.app.dials.shared(asked.server.vendor));
    if let Some(delay) = does.delay_ms {
        tokio::time::sleep(Duration::from_millis(delay.into())).await;
    }
    let before = before(asked, does);
    if does.hang {
        if before.is_empty() {
            asked.app.shutdown.cancelled().await;
        }
        let events: String = before.iter().map(|message| event("message", message)).collect();
        return sse::response(&asked.app, &asked.app.dials.shared(asked.server.vendor), &events, End::Stall);
    }
    drop(counted);
    let size = does.size_mb.map(|size| usize::from(size) * 1024 * 1024);
    let answer = match (&does.raw, &does.error, &does.result) {
        (Some(raw), ..) => return ([(header::CONTENT_TYPE, "application/json")], raw.clone()).into_response(),
        (_, Some(error), _) => json!({"jsonrpc": "2.0", "id": asked.request.id, "error": error}),
        (.., Some(result)) => asked.whole(result.clone()),
        _ => match size {
            Some(size) => asked.whole(text(&"x".repeat(size))),
            None => asked.whole(text(does.text.as_deref().unwrap_or("done"))),
        },
    };
    sent(asked, &before, &answer, is_sse)
}

/// What comes before the answer on its stream.
fn before(asked: &Asked, does: &Does) -> Vec<Value> {
    let token = asked.request.meta("progressToken").cloned();
    let total = does.progress;
    let steps = (1..=total).filter_map(|step| {
        let params = json!({"progressToken": token.as_ref()?, "progress": step, "total": total, "message": "Going on"});
        Some(json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": params}))
    });
    steps.chain(does.messages.iter().cloned()).collect()
}

/// What has something before it can only be a stream.
pub(super) fn sent(asked: &Asked, before: &[Value], answer: &Value, is_sse: bool) -> Response {
    if before.is_empty() && !is_sse {
        return Json(answer).into_response();
    }
    let events: String = before.iter().chain([answer]).map(|message| event("message", message)).collect();
    let mut response = sse::response(&asked.app, &asked.app.dials.shared(asked.server.vendor), &events, End::Done);
    response.headers_mut().insert("x-accel-buffering", header::HeaderValue::from_static("no"));
    response
}
