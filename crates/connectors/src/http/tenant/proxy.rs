//! The vendor's API, called with the connection's token.

use crate::{
    App,
    flows::proxy::{self, Asked, ProxyError, Upload},
    http::{document::Refuses, doors::Caller},
    problem::{Failure, NoToken, NotProxied},
};
use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    response::Response,
};
use edge::Problem;
use kernel::ConnectionId;
use std::sync::Arc;

/// Calls the vendor's API.
///
/// Calls the vendor's API at this path, with the same method, query, body and headers, and answers what the vendor
/// answers, whatever its status. Problems (`application/problem+json` of this service) mean that there is no vendor's
/// answer. Bodies up to 10 MiB, answers up to 50 MiB.
#[utoipa::path(
    method(get, post, put, patch, delete),
    path = "/proxy/{connection_id}/{*path}", operation_id = "callVendor",
    params(
        ("connection_id" = uuid::Uuid, Path, description = "The connection."),
        ("path" = String, Path, description = "The path below the API's base, slashes and query included."),
    ),
    request_body(content_type = "*/*", description = "Passed on as it is."),
    responses(
        (status = "default", description = "The vendor's answer, whatever its status.", body = String, content_type = "*/*"),
        Refuses<(NotProxied, NoToken)>,
    )
)]
pub async fn call(State(app): State<Arc<App>>, caller: Caller, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    // As it was sent: decoding is what turns a name into another path.
    let sent = parts.uri.path().strip_prefix("/proxy/").and_then(|rest| rest.split_once('/'));
    let (id, path) = sent.ok_or_else(Problem::internal)?;
    let id: ConnectionId = id.parse().map_err(|_| Problem::invalid("#/connection_id", "must be a UUID"))?;
    let length = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    let upload = Upload::of(length, body.into_data_stream()).await.map_err(ProxyError::from).map_err(Failure::from)?;
    let asked = Asked {
        method: parts.method,
        path: path.to_owned(),
        query: parts.uri.query().map(ToOwned::to_owned),
        headers: parts.headers,
        upload,
    };
    let passing = proxy::proxy(&app, &caller, id, asked).await.map_err(Failure::from)?;
    let mut response = Response::new(Body::from_stream(passing.body));
    *response.status_mut() = passing.status;
    *response.headers_mut() = passing.headers;
    Ok(response)
}
