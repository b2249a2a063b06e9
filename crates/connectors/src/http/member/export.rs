//! What is kept of a person.

use crate::{
    App,
    flows::export,
    http::{
        document::Refuses,
        doors::Caller,
        ndjson::{self, Exhausted},
    },
};
use axum::{extract::State, response::Response};
use edge::Problem;
use std::sync::Arc;

/// All that this service keeps of the person, without what is secret.
///
/// A line a row, `{"section", "row"}`, and `{"end": true}` at the end. What the auth service keeps is handed out there:
/// `GET /api/auth/export-user`.
#[utoipa::path(
    get, path = "/me/export", operation_id = "exportMe",
    responses((status = 200, content_type = "application/x-ndjson", body = Object), Refuses<Exhausted>)
)]
pub async fn export(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let exporter = export::begin(&app, &caller, caller.tenant).await.map_err(crate::problem::database)?;
    ndjson::answer(&app, exporter)
}
