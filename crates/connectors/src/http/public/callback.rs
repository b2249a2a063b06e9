//! The vendor's redirect.

use super::pages;
use crate::{
    App,
    flows::connect::{self, Callback, Finished},
    http::{
        browser::Browser,
        document::{Refuses, schemas::OfProvider},
        query::{ApiPath, ApiQuery},
    },
    problem::{Failure, NoAccount, NoSuchFlow, NoToken, NotConfirmed, Starts},
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use db::states::Bearer;
use edge::Problem;
use http::HeaderMap;
use kernel::Parameters;
use serde::Deserialize;
use std::sync::Arc;
use url::Url;
use utoipa::IntoParams;

/// What the vendor's redirect carries. Vendors add parameters of their own, which are not read.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// What the flow was begun with; works once.
    state: Option<String>,
    /// What the tokens are redeemed with; works once.
    code: Option<String>,
    /// The vendor's or the person's refusal.
    error: Option<String>,
    /// Of an installed app.
    installation_id: Option<String>,
    /// What somebody did with the app at the vendor: `install`, `update`, or `request` where an owner has to agree first.
    setup_action: Option<String>,
    /// Who answers (RFC 9207).
    iss: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    others: Parameters,
}

impl CallbackQuery {
    /// Whether it only tells of something that was done at the vendor: begun there, or left to an owner's decision. Nothing
    /// binds it to a person here, so that its id, and a code beside it, are nobody's.
    fn is_news(&self) -> bool {
        match self.setup_action.as_deref() {
            Some("install" | "update") => self.state.is_none(),
            Some("request") => self.state.is_none() || self.installation_id.is_none(),
            Some(_) | None => false,
        }
    }
}

impl From<CallbackQuery> for Callback {
    fn from(query: CallbackQuery) -> Self {
        Self {
            state: query.state,
            code: query.code.map(Into::into),
            error: query.error,
            installation_id: query.installation_id,
            iss: query.iss,
            others: query.others,
        }
    }
}

/// Finishes a flow in the browser that started it.
#[utoipa::path(
    get, path = "/oauth/{provider}/callback", operation_id = "finishOauth",
    params(OfProvider, CallbackQuery),
    responses(
        (status = 200, description = "A page that says how it went.", body = String, content_type = "text/html"),
        (
            status = 303, description = "To the return URL, with connection_id, link_code or error.",
            headers(("Location" = String, description = "The return URL."))
        ),
        Refuses<(Starts, NoSuchFlow, NoAccount, (NoToken, NotConfirmed))>,
    )
)]
pub async fn callback(
    State(app): State<Arc<App>>,
    ApiPath(provider): ApiPath<String>,
    ApiQuery(query): ApiQuery<CallbackQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    connect::usable(&app, &provider).await.map_err(Failure::from)?;
    if query.is_news() && connect::has_installations(&app, &provider).map_err(Failure::from)? {
        return Ok(pages::back_to_the_app());
    }
    let browser = Browser::known(&app, &headers).ok_or(connect::ConnectError::State).map_err(Failure::from)?;
    let finished = connect::finish(&app, &provider, query.into(), Bearer::Browser(browser)).await;
    Ok(match finished.map_err(Failure::from)? {
        Finished::Connected { connection, return_url } => match return_url {
            Some(url) => away(&url, &[("status", "connected"), ("connection_id", &connection.id.to_string())]),
            None => pages::connected(&connection),
        },
        Finished::Pending { link_code, account, return_url } => match return_url {
            Some(url) => away(&url, &[("status", "pending"), ("link_code", &link_code)]),
            None => pages::pending(&provider, &account.display_name, &link_code),
        },
        Finished::Denied { error, return_url } => match return_url {
            Some(url) => away(&url, &[("status", "denied"), ("error", &error)]),
            None => pages::denied(&error),
        },
    })
}

/// To an address that was checked when the flow started.
fn away(url: &str, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut url) = url.parse::<Url>() else { return Problem::internal().into_response() };
    url.query_pairs_mut().extend_pairs(parameters);
    Redirect::to(url.as_str()).into_response()
}
