//! A backend that received the vendor's redirect itself brings it here.

use crate::{
    App,
    flows::connect::{self, Finished},
    http::{
        document::{Refuses, schemas::OfProvider},
        doors::Operating,
        public::callback::CallbackQuery,
        query::{ApiPath, ApiQuery},
        views::ConnectionView,
    },
    problem::{Denied, Failure, NoAccount, NoSuchFlow, Starts},
};
use axum::{Json, extract::State};
use db::states::Bearer;
use edge::Problem;
use http::StatusCode;
use std::sync::Arc;

/// Finishes a flow that this tenant's operator started.
#[utoipa::path(
    get, path = "/connect/{provider}/callback", operation_id = "finishConnect",
    params(OfProvider, CallbackQuery),
    responses(
        (status = 200, body = ConnectionView),
        Refuses<(Starts, NoSuchFlow, NoAccount, Denied)>,
    )
)]
pub async fn callback(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(provider): ApiPath<String>,
    ApiQuery(query): ApiQuery<CallbackQuery>,
) -> Result<Json<ConnectionView>, Problem> {
    let finished = connect::finish(&app, &provider, query.into(), Bearer::Operator(caller.tenant)).await;
    match finished.map_err(Failure::from)? {
        Finished::Connected { connection, .. } => Ok(Json(ConnectionView::of(&app, *connection))),
        Finished::Denied { error, .. } => Err(Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", "Forbidden")
            .detail(format!("The provider or the person refused: {error}."))),
        // An operator's state always has a tenant.
        Finished::Pending { .. } => Err(Problem::internal()),
    }
}
