//! Deliveries.

use crate::{
    App,
    flows::deliver::{self, Address, Answer, DeliverError},
    http::{
        document::{
            Refuses,
            schemas::{self, OfProvider},
        },
        query::{ApiPath, ApiQuery, too_large},
    },
    problem::{Failure, NotTaken},
};
use axum::{
    Json,
    body::{Body, HttpBody},
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use edge::Problem;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use kernel::{HookId, TenantId};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::IntoParams;

/// Room for a body before any of it has come: for nearly all of them enough, and little for one who only announces much.
const AT_FIRST: usize = 16 * 1024;

/// Of the good answer.
const TAKEN: &str = "Committed, by this request or an earlier one with the same delivery; or the answer to the vendor's question \
                     whether anybody is here. Empty where a person would be shown the body.";

/// Takes a webhook for the whole app.
///
/// A webhook for the whole app; whose it is stands in the body, or follows from the hook.
#[utoipa::path(
    post, path = "/webhooks/{provider}", operation_id = "takeAppWebhook",
    params(OfProvider, AddressQuery),
    request_body(
        content((Object = "application/json"), (Object = "application/x-www-form-urlencoded")),
        description = "The vendor's bytes, signed.",
    ),
    responses(
        (status = 200, description = TAKEN, body = Object, extensions(("x-may-be-empty" = json!(true)))),
        Refuses<NotTaken>,
    )
)]
pub async fn to_app(
    State(app): State<Arc<App>>,
    ApiPath(provider): ApiPath<String>,
    ApiQuery(query): ApiQuery<AddressQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    take(&app, &provider, Address { tenant: None, hook: query.hook()? }, &headers, body).await
}

/// Takes a webhook for one tenant.
///
/// A webhook for one tenant.
#[utoipa::path(
    post, path = "/webhooks/{provider}/{tenant_id}", operation_id = "takeTenantWebhook",
    params(
        OfProvider,
        ("tenant_id" = uuid::Uuid, Path, description = "The tenant."),
        AddressQuery,
    ),
    request_body(
        content((Object = "application/json"), (Object = "application/x-www-form-urlencoded")),
        description = "The vendor's bytes, signed.",
    ),
    responses(
        (status = 200, description = TAKEN, body = Object, extensions(("x-may-be-empty" = json!(true)))),
        Refuses<NotTaken>,
    )
)]
pub async fn to_tenant(
    State(app): State<Arc<App>>,
    ApiPath((provider, tenant)): ApiPath<(String, String)>,
    ApiQuery(query): ApiQuery<AddressQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let tenant: TenantId = tenant.parse().map_err(|_| Problem::invalid("#/tenant_id", "must be a UUID"))?;
    take(&app, &provider, Address { tenant: Some(tenant), hook: query.hook()? }, &headers, body).await
}

/// Which hook of ours the address belongs to.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AddressQuery {
    /// Absent where the hook was set up by hand.
    #[param(inline, value_type = Option<schemas::Id>)]
    hook: Option<String>,
}

impl AddressQuery {
    fn hook(&self) -> Result<Option<HookId>, Problem> {
        let parse = |id: &String| id.parse().map_err(|_| Problem::invalid("#/hook", "must be a UUID"));
        self.hook.as_ref().map(parse).transpose()
    }
}

async fn take(
    app: &App,
    provider: &str,
    address: Address,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let receiver = deliver::receiver(app, provider, address).await.map_err(Failure::from)?;
    let limit = receiver.largest();
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(limit);
    let (mut room, mut bytes) = (app.inbox.room(), BytesMut::with_capacity(announced.min(AT_FIRST)));
    let mut body = body.into_data_stream();
    while let Some(chunk) = body.next().await {
        // The sender has gone, or does not speak HTTP: nobody reads this answer.
        let chunk = chunk.map_err(|_| Problem::invalid("#", "The body ended early."))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        room.grow(chunk.len()).map_err(DeliverError::from).map_err(Failure::from)?;
        bytes.extend_from_slice(&chunk);
    }
    let answer = deliver::deliver(app, &receiver, headers, bytes.freeze()).await.map_err(Failure::from)?;
    Ok(match answer {
        // What is sent as a form is sent for a person, who would be shown the body.
        Answer::Taken if is_form(headers) => StatusCode::OK.into_response(),
        Answer::Taken => Json(json!({ "status": "accepted" })).into_response(),
        Answer::Challenge(challenge) => Json(challenge).into_response(),
        Answer::Looked => StatusCode::OK.into_response(),
    })
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}
