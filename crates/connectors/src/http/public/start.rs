//! Sending a browser to a vendor.

use crate::{
    App,
    flows::connect::{self, Starter, Wish},
    http::{
        browser::Browser,
        document::{Refuses, schemas::OfProvider},
        doors::{Caller, MaybeCaller, Who},
        query::{ApiPath, ApiQuery},
    },
    problem::{Failure, NoSuchFlow, Starts},
};
use axum::{
    Json,
    extract::State,
    response::{Redirect, Response},
};
use edge::Problem;
use http::HeaderMap;
use kernel::{ConnectionKind, Parameters};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;
use utoipa::{IntoParams, ToSchema};

/// How to start.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// Where the browser goes at the end: a path here, or an address at an origin of CORS_ORIGINS.
    return_url: Option<String>,
    /// In place of the provider's usual scopes, separated by spaces.
    scopes: Option<String>,
    /// The person's own name for the account.
    label: Option<String>,
    /// What the provider asks to be told before: `inputs` of GET /providers/{provider}, each under its own name.
    #[serde(flatten)]
    #[param(ignore)]
    parameters: Parameters,
}

impl StartQuery {
    fn wish(self, provider: String) -> Wish {
        let Self { return_url, scopes, label, parameters } = self;
        let scopes = scopes.map(|scopes| scopes.split(' ').filter(|scope| !scope.is_empty()).map(Into::into).collect());
        Wish { provider, kind: ConnectionKind::Account, scopes, return_url, label, parameters }
    }
}

/// Where to send the browser.
#[derive(Serialize, ToSchema)]
pub struct StartAnswer {
    url: Url,
}

fn starter(caller: Option<&Caller>, browser: &Browser) -> Starter {
    match caller {
        None => Starter::Anonymous(browser.hash),
        Some(Caller { who: Who::Member(user), .. }) => Starter::Member { user: *user, browser: browser.hash },
        Some(caller @ Caller { who: Who::Operator(_), tenant, .. }) => {
            Starter::Operator { tenant: *tenant, name: caller.audit_name() }
        }
    }
}

/// Says where to send this browser.
///
/// The address to send this browser to. With a JWT the connection becomes that person's; without one the callback gives
/// a link code.
#[utoipa::path(
    get, path = "/oauth/{provider}", operation_id = "startOauth",
    params(OfProvider, StartQuery),
    responses(
        (
            status = 200, description = "Where to send the browser.", body = StartAnswer,
            headers(("Set-Cookie" = String, description = "Who this browser is, where it is new here."))
        ),
        Refuses<Starts>,
    )
)]
pub async fn url(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    ApiPath(provider): ApiPath<String>,
    ApiQuery(query): ApiQuery<StartQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wish = query.wish(provider);
    let browser = Browser::identify(&app, &headers);
    let begun = connect::begin(&app, &wish, starter(caller.as_ref(), &browser)).await.map_err(Failure::from)?;
    Ok(browser.answer(Json(StartAnswer { url: begun.authorize_url })))
}

/// A start that waits for its browser.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InstallQuery {
    /// From the `install_url` of POST /connect/{provider}; works once.
    start: Option<String>,
}

/// Opens an install link.
///
/// Opens an install link: binds the flow to this browser and sends it to the vendor.
#[utoipa::path(
    get, path = "/oauth/install/{provider}", operation_id = "openInstallLink",
    params(OfProvider, InstallQuery),
    responses(
        (
            status = 303, description = "To the vendor.",
            headers(("Location" = String, description = "The vendor's page."), ("Set-Cookie" = String, description = "Who this browser is, where it is new here."))
        ),
        Refuses<(Starts, NoSuchFlow)>,
    )
)]
pub async fn install(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    ApiPath(provider): ApiPath<String>,
    ApiQuery(query): ApiQuery<InstallQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let browser = Browser::identify(&app, &headers);
    let url = match (query.start, caller) {
        (Some(start), _) => connect::open(&app, &provider, &start, browser.hash).await.map_err(Failure::from)?,
        (None, Some(caller)) => {
            let wish = Wish {
                provider,
                kind: ConnectionKind::Account,
                scopes: None,
                return_url: None,
                label: None,
                parameters: Parameters::default(),
            };
            connect::begin(&app, &wish, starter(Some(&caller), &browser)).await.map_err(Failure::from)?.authorize_url
        }
        (None, None) => return Err(Problem::unauthorized(false, "Open the install_url of POST /connect/{provider}.")),
    };
    Ok(browser.answer(Redirect::to(url.as_str())))
}
