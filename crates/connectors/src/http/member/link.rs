//! Claiming a connection.

use crate::{
    App,
    flows::connect,
    http::{
        browser::Browser,
        document::{Refuses, schemas::OfProvider},
        doors::Member,
        query::{ApiJson, ApiPath},
        views::ConnectionView,
    },
    problem::{Failure, NoAccount, NoClaim, NoToken, Starts},
};
use axum::{Json, extract::State};
use edge::Problem;
use http::HeaderMap;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to claim: exactly one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// The one-time code that the callback of a connect without sign-in gave to this browser.
    code: Option<String>,
    /// The id of an installation of our app.
    installation_id: Option<String>,
}

/// Claims a pending connection by its link code, or an installation by its id.
#[utoipa::path(
    post, path = "/oauth/{provider}/link", operation_id = "linkConnection",
    params(OfProvider),
    request_body = LinkRequest,
    responses(
        (status = 200, body = ConnectionView),
        Refuses<(Starts, NoClaim, NoAccount, NoToken)>,
    )
)]
pub async fn link(
    State(app): State<Arc<App>>,
    Member(user): Member,
    ApiPath(provider): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(asked): ApiJson<LinkRequest>,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = match (asked.code, asked.installation_id) {
        (Some(code), None) => {
            connect::claim(&app, &provider, user, &code, Browser::known(&app, &headers)).await.map_err(Failure::from)?
        }
        (None, Some(id)) => connect::claim_installation(&app, &provider, user, &id).await.map_err(Failure::from)?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::invalid("#", "Send exactly one of code and installation_id."));
        }
    };
    Ok(Json(ConnectionView::of(&app, connection)))
}
