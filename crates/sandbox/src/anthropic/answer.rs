//! The one endpoint.

use super::{
    check::{Version, check},
    door::{Refused, RequestId, authenticate},
    message::Message,
    model, stream,
};
use crate::{account::Vendor, app::App, sse};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::Value;

pub(super) async fn messages(
    State(app): State<App>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    authenticate(&headers)?;
    let version = Version::named(headers.get("anthropic-version").and_then(|version| version.to_str().ok()))?;
    let body: Value =
        serde_json::from_slice(&body).map_err(|_| Refused::invalid("The request body is not valid JSON"))?;
    let asked = check(&body, version)?;
    let is_obedient = app.dials.of(Vendor::Anthropic).settings.obedient;
    let by_rule = model::content(&asked, &body, is_obedient);
    let scripted = app.anthropic.next();
    let flaw = scripted.as_ref().and_then(|scripted| scripted.flaw);
    let counted = app.anthropic.cache().count(&body, app.now());
    let message = Message::new(&asked, by_rule, scripted, counted);
    if !asked.is_stream {
        return Ok(Json(message.told()).into_response());
    }
    let (events, end) = stream::told(&message, flaw, &id);
    Ok(sse::response(&app, &app.dials.shared(Vendor::Anthropic), &events, end))
}
