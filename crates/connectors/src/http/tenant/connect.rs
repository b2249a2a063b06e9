//! Starting a connection.

use crate::{
    App,
    flows::connect::{self, Credentials, Starter, Wish},
    http::{
        browser::Browser,
        document::{
            Refuses,
            schemas::{self, OfProvider},
        },
        doors::{Caller, Who},
        query::{ApiJson, ApiPath},
        views::ConnectionView,
    },
    problem::{Failure, NoAccount, Starts},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use edge::Problem;
use http::{HeaderMap, StatusCode};
use kernel::{ConnectionKind, Parameters, Secret};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;
use utoipa::ToSchema;

/// What to connect. All of it may be left out.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct ConnectRequest {
    /// `account` (default) or `installation`.
    #[schema(inline, value_type = Option<schemas::ConnectionKindWord>)]
    kind: Option<ConnectionKind>,
    /// In place of the provider's usual scopes. Those without which a grant cannot be identified or renewed come along.
    scopes: Option<Vec<String>>,
    /// Where the browser goes at the end: a path here, or an address at an origin of CORS_ORIGINS.
    return_url: Option<String>,
    /// The person's own name for the account.
    label: Option<String>,
    /// What the provider asks to be told before: `inputs` of GET /providers/{provider}.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    parameters: Parameters,
    /// For a provider whose `auth` is `api_key` or `basic`, and for no other: the connection is made at once.
    credentials: Option<CredentialsRequest>,
}

/// What a person pastes: `api_key` alone, or `username` and `password`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialsRequest {
    #[schema(value_type = Option<String>)]
    api_key: Option<Secret>,
    username: Option<String>,
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
}

impl CredentialsRequest {
    fn read(self) -> Result<Credentials, Problem> {
        match (self.api_key, self.username, self.password) {
            (Some(key), None, None) => Ok(Credentials::ApiKey(key)),
            (None, Some(username), Some(password)) => Ok(Credentials::Basic { username, password }),
            _ => Err(Problem::invalid("#/credentials", "Send api_key, or username and password.")),
        }
    }
}

/// A started flow.
#[derive(Serialize, ToSchema)]
pub struct ConnectStarted {
    /// The vendor's page. Started by a person, it must be finished in the browser that got this answer; started by an
    /// operator, its redirect comes back through GET /connect/{provider}/callback.
    authorize_url: Url,
    /// A link that any browser may open, once; the flow then belongs to that browser.
    install_url: Option<String>,
    expires_at: DateTime<Utc>,
}

/// What came of it: a flow that somebody has to go through, or the connection itself.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum ConnectAnswer {
    Started(ConnectStarted),
    /// From pasted credentials, which the provider has just accepted.
    Connected(Box<ConnectionView>),
}

/// Starts a connection, or makes it at once from pasted credentials.
#[utoipa::path(
    post, path = "/connect/{provider}", operation_id = "startConnection",
    params(OfProvider),
    request_body = Option<ConnectRequest>,
    responses(
        (status = 201, body = ConnectAnswer),
        Refuses<(Starts, NoAccount)>,
    )
)]
pub async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(provider): ApiPath<String>,
    headers: HeaderMap,
    asked: Option<ApiJson<ConnectRequest>>,
) -> Result<Response, Problem> {
    let ApiJson(asked) = asked.unwrap_or(ApiJson(ConnectRequest::default()));
    let wish = Wish {
        provider,
        kind: asked.kind.unwrap_or(ConnectionKind::Account),
        scopes: asked.scopes,
        return_url: asked.return_url,
        label: asked.label,
        parameters: asked.parameters,
    };
    let browser = Browser::identify(&app, &headers);
    let starter = match &caller.who {
        Who::Member(user) => Starter::Member { user: *user, browser: browser.hash },
        Who::Operator(_) => Starter::Operator { tenant: caller.tenant, name: caller.audit_name() },
    };
    if let Some(credentials) = asked.credentials {
        let credentials = credentials.read()?;
        let connection = connect::paste(&app, &wish, starter, &credentials).await.map_err(Failure::from)?;
        let answer = ConnectAnswer::Connected(Box::new(ConnectionView::of(&app, connection)));
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    }
    let begun = connect::begin(&app, &wish, starter).await.map_err(Failure::from)?;
    let answer = ConnectAnswer::Started(ConnectStarted {
        authorize_url: begun.authorize_url,
        install_url: begun.install_url,
        expires_at: begun.expires_at,
    });
    Ok(browser.answer((StatusCode::CREATED, Json(answer))))
}
