//! Fresh tokens for trusted services.

use crate::{
    App,
    flows::{
        hand_out::{self, HandedOut, Named},
        vend::Want,
    },
    http::{
        document::{
            Refuses,
            schemas::{self, OfProvider},
        },
        doors::Operating,
        query::{ApiJson, ApiPath, ApiQuery},
    },
    problem::{Failure, NoChoice, NoToken},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use edge::Problem;
use http::header::CACHE_CONTROL;
use kernel::GrantRole;
use providers::Placement;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which connection's token; at most one of the two.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TokenQuery {
    /// The connection.
    #[param(inline, value_type = Option<schemas::Id>)]
    connection_id: Option<String>,
    /// The vendor's id of the organisation, workspace or site.
    org_id: Option<String>,
    /// `primary` (default), or `user` where the vendor gave the person's tokens beside the app's.
    #[param(inline, value_type = Option<schemas::GrantWord>)]
    grant: Option<String>,
}

/// A token that can be used now. The refresh token never leaves the vault.
#[derive(Serialize, ToSchema)]
pub struct TokenView<'a> {
    access_token: &'a str,
    /// The scheme it travels under, `Bearer` nearly everywhere. `Basic`: `user:password`, not yet in base64. `ApiKey`: in a header or
    /// parameter of the vendor's own.
    token_type: &'a str,
    /// Null: the vendor names no end.
    expires_at: Option<DateTime<Utc>>,
    scopes: &'a [String],
    #[schema(value_type = uuid::Uuid)]
    connection_id: kernel::ConnectionId,
    provider: &'a str,
}

/// Hands out a fresh access token.
///
/// Hands out a fresh access token of the named connection, of the organisation's, or of the tenant's only one.
#[utoipa::path(
    get, path = "/oauth/token/{provider}", operation_id = "vendToken",
    params(OfProvider, TokenQuery),
    responses(
        (
            status = 200, description = "A token that can be used now.", body = TokenView<'static>,
            headers(("Cache-Control" = String, description = "`no-store`: the answer holds a secret."))
        ),
        Refuses<(NoChoice, NoToken)>,
    )
)]
pub async fn vend(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(provider): ApiPath<String>,
    ApiQuery(query): ApiQuery<TokenQuery>,
) -> Result<Response, Problem> {
    let named = match (query.connection_id, query.org_id) {
        (Some(id), None) => {
            let id = id.parse().map_err(|_| Problem::invalid("#/connection_id", "must be a UUID"))?;
            Named::Connection(id)
        }
        (None, Some(org)) => Named::Organization(org),
        (None, None) => Named::Only,
        (Some(_), Some(_)) => return Err(Problem::invalid("#", "Send connection_id or org_id, not both.")),
    };
    let role = role(query.grant.as_deref())?;
    let handed = hand_out::hand_out(&app, &caller, &provider, &named, role).await.map_err(Failure::from)?;
    Ok(answer(&handed))
}

/// What the token has to be.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct TokenRequest {
    /// For how long it has to be valid from now, 0 to 86400; absent: as fresh as the provider's measure asks.
    #[schema(maximum = 86400)]
    min_lifetime_seconds: Option<u32>,
    /// `primary` (default), or `user` where the vendor gave the person's tokens beside the app's.
    #[schema(inline, value_type = Option<schemas::GrantWord>)]
    grant: Option<String>,
}

/// The longest lifetime that can be asked for: no vendor's tokens with an end live longer.
const LONGEST_LIFETIME: u32 = 86_400;

/// Hands out an access token of this connection, which may have to last.
#[utoipa::path(
    post, path = "/connections/{id}/token", operation_id = "vendConnectionToken",
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    request_body = Option<TokenRequest>,
    responses(
        (
            status = 200, description = "A token that can be used now.", body = TokenView<'static>,
            headers(("Cache-Control" = String, description = "`no-store`: the answer holds a secret."))
        ),
        Refuses<NoToken>,
    )
)]
pub async fn vend_by_id(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(id): ApiPath<String>,
    asked: Option<ApiJson<TokenRequest>>,
) -> Result<Response, Problem> {
    let ApiJson(asked) = asked.unwrap_or(ApiJson(TokenRequest::default()));
    let id = id.parse().map_err(|_| Problem::invalid("#/id", "must be a UUID"))?;
    let role = role(asked.grant.as_deref())?;
    let want = match asked.min_lifetime_seconds {
        None => Want::Fresh,
        Some(seconds) if seconds <= LONGEST_LIFETIME => Want::Lasting(TimeDelta::seconds(seconds.into())),
        Some(_) => return Err(Problem::invalid("#/min_lifetime_seconds", "must be 0 to 86400")),
    };
    let handed = hand_out::by_id(&app, &caller, id, role, want).await.map_err(Failure::from)?;
    Ok(answer(&handed))
}

fn answer(HandedOut { vended, placement }: &HandedOut) -> Response {
    let view = TokenView {
        access_token: vended.grant.access_token.expose(),
        token_type: match placement {
            Placement::Scheme(scheme) => scheme,
            Placement::Basic => "Basic",
            Placement::Header { .. } | Placement::Query(_) => "ApiKey",
        },
        expires_at: vended.grant.expires_at,
        scopes: &vended.grant.scopes,
        connection_id: vended.connection.id,
        provider: &vended.connection.provider,
    };
    ([(CACHE_CONTROL, "no-store")], Json(view)).into_response()
}

fn role(word: Option<&str>) -> Result<GrantRole, Problem> {
    let Some(word) = word else { return Ok(GrantRole::Primary) };
    GrantRole::of(word).ok_or_else(|| Problem::invalid("#/grant", "must be primary or user"))
}
