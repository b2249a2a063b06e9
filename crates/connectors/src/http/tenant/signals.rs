//! Signals.

mod written;

use crate::{
    App,
    http::{
        document::schemas,
        doors::Caller,
        query::{ApiQuery, bad_cursor, page_size, time},
    },
    problem::database,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use db::signals::{self, Filter, Payloads, Signal};
use edge::Problem;
use http::header::CONTENT_TYPE;
use kernel::SignalKind;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which signals. All conditions must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SignalsQuery {
    /// Only of this provider.
    #[param(inline, value_type = Option<schemas::Slug>)]
    pub provider: Option<String>,
    /// Only of this connection.
    #[param(inline, value_type = Option<schemas::Id>)]
    pub connection_id: Option<String>,
    /// Only of this kind.
    #[param(inline, value_type = Option<schemas::SignalKindWord>)]
    pub kind: Option<String>,
    /// RFC 3339, inclusive.
    #[param(inline, value_type = Option<schemas::Moment>)]
    pub occurred_after: Option<String>,
    /// RFC 3339, exclusive.
    #[param(inline, value_type = Option<schemas::Moment>)]
    pub occurred_before: Option<String>,
    /// 1 to 100, 50 when absent.
    #[param(inline, value_type = Option<schemas::Limit>)]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    pub cursor: Option<String>,
    /// Whether to send the vendor's payloads along.
    #[param(inline, value_type = Option<schemas::YesOrNo>)]
    pub include_payload: Option<String>,
}

/// A normalised event.
#[derive(Serialize, ToSchema)]
pub struct SignalView {
    id: uuid::Uuid,
    connection_id: Option<uuid::Uuid>,
    provider: String,
    kind: String,
    /// What it happened to: `type`, `external_id`, `number`, `title`, `url`.
    #[schema(value_type = Object)]
    subject: Box<RawValue>,
    /// Who did it: `external_id`, `name`, `is_bot`.
    #[schema(value_type = Option<Object>)]
    actor: Option<Box<RawValue>>,
    /// Where: `type`, `external_id`, `name`, `url`.
    #[schema(value_type = Option<Object>)]
    container: Option<Box<RawValue>>,
    /// The names of what changed.
    changes: Vec<String>,
    /// By the vendor's clock.
    occurred_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    /// Null: not the vendor but a refresh or a person changed the connection.
    delivery_id: Option<uuid::Uuid>,
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Box<RawValue>>,
}

impl From<Signal> for SignalView {
    fn from(signal: Signal) -> Self {
        Self {
            id: signal.id,
            connection_id: signal.connection_id,
            provider: signal.provider,
            kind: signal.kind,
            subject: signal.subject.0,
            actor: signal.actor.map(|actor| actor.0),
            container: signal.container.map(|container| container.0),
            changes: signal.changes,
            occurred_at: signal.occurred_at,
            received_at: signal.received_at,
            delivery_id: signal.delivery_id,
            payload: signal.payload.map(|payload| payload.0),
        }
    }
}

/// A page of signals, newest first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "what the document says of the page that is written beside it")]
pub struct SignalPage {
    signals: Vec<SignalView>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// Queries the tenant's signals.
///
/// Queries the tenant's signals, newest first. A cursor neither skips nor repeats, whatever is written meanwhile.
#[utoipa::path(
    get, path = "/signals", operation_id = "listSignals",
    params(SignalsQuery),
    responses(
        (status = 200, body = SignalPage),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiQuery(query): ApiQuery<SignalsQuery>,
) -> Result<Response, Problem> {
    let page = page(&app, &caller, &query).await?;
    Ok(([(CONTENT_TYPE, "application/json")], page).into_response())
}

/// The same for whoever asks by another way: a [`SignalPage`] as JSON.
pub async fn page(app: &App, caller: &Caller, query: &SignalsQuery) -> Result<Vec<u8>, Problem> {
    let size = page_size(query.limit.as_deref())?;
    let SignalsQuery { provider, connection_id, kind, include_payload, .. } = query;
    let (provider, connection, kind) = (provider.clone(), connection_id.clone(), kind.clone());
    let Wanted { filter, payloads } = wanted(app, caller, provider, connection, kind, include_payload.as_deref())?;
    let filter = Filter {
        occurred_after: time("#/occurred_after", query.occurred_after.as_deref())?,
        occurred_before: time("#/occurred_before", query.occurred_before.as_deref())?,
        ..filter
    };
    let canonical = format!("signals|{filter:?}");
    let after = match &query.cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let mut wire = app.steady.acquire().await.map_err(database)?;
    let wanted = signals::Wanted { tenant: caller.tenant, filter: &filter, after, size, payloads };
    let page = signals::flat_page(&mut *wire, &wanted).await.map_err(database)?;
    wire.back();
    let next = page.next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next));
    written::page(&page.items, payloads, next.as_deref()).map_err(database)
}

/// Which signals, and how much of each.
pub(super) struct Wanted {
    pub filter: Filter,
    pub payloads: Payloads,
}

/// What pages and streams can be asked for alike.
pub(super) fn wanted(
    app: &App,
    caller: &Caller,
    provider: Option<String>,
    connection_id: Option<String>,
    kind: Option<String>,
    include_payload: Option<&str>,
) -> Result<Wanted, Problem> {
    let payloads = match include_payload {
        None | Some("false") => Payloads::Leave,
        Some("true") => Payloads::Include,
        Some(_) => return Err(Problem::invalid("#/include_payload", "must be true or false")),
    };
    known_provider(app, caller, provider.as_deref())?;
    let kind = match kind {
        Some(word) => {
            let kind: SignalKind =
                word.parse().map_err(|_| Problem::invalid("#/kind", "No signal is of this kind."))?;
            Some(kind.word())
        }
        None => None,
    };
    let connection = match connection_id {
        Some(id) => Some(id.parse().map_err(|_| Problem::invalid("#/connection_id", "must be a UUID"))?),
        None => None,
    };
    let providers = caller.only_providers();
    Ok(Wanted { filter: Filter { provider, providers, connection, kind, ..Filter::default() }, payloads })
}

/// A provider that is asked for by name has to exist, and to be among the caller's.
pub(super) fn known_provider(app: &App, caller: &Caller, provider: Option<&str>) -> Result<(), Problem> {
    let Some(slug) = provider else { return Ok(()) };
    if app.providers.get().known(slug).is_none() {
        return Err(Problem::invalid("#/provider", "No provider has this name."));
    }
    caller.may_use(slug)
}
