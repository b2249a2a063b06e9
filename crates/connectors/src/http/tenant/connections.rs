//! Connections: list, look, refresh, end.

use crate::{
    App,
    flows::{
        disconnect::{self, AtProvider},
        vend::{self, VendError},
    },
    http::{
        document::{Refuses, schemas},
        doors::{Caller, Who},
        query::{ApiPath, ApiQuery, bad_cursor, page_size},
        views::{ConnectionDetail, ConnectionView},
    },
    problem::{Failure, NoSuchConnection, NoToken, database},
};
use axum::{Json, extract::State};
use db::{
    connections::{self, Filter, Newest},
    hooks, resources,
};
use edge::Problem;
use kernel::{Connection, ConnectionId, Cursor, Page, PageSize, TenantId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The words for a connection's state.
pub const STATUSES: [&str; 5] = ["active", "needs_reauth", "degraded", "suspended", "revoked"];

/// Which connections.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConnectionsQuery {
    /// Only of this provider.
    #[param(inline, value_type = Option<schemas::Slug>)]
    pub provider: Option<String>,
    /// Only in this status. Ended ones (`revoked`) are listed only when asked for.
    #[param(inline, value_type = Option<schemas::StatusWord>)]
    pub status: Option<String>,
    /// 1 to 100, 50 when absent.
    #[param(inline, value_type = Option<schemas::Limit>)]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    pub cursor: Option<String>,
}

/// A page of connections, newest first.
#[derive(Serialize, ToSchema)]
pub struct ConnectionPage {
    connections: Vec<ConnectionView>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// Lists the tenant's connections.
#[utoipa::path(
    get, path = "/connections", operation_id = "listConnections",
    params(ConnectionsQuery),
    responses(
        (status = 200, body = ConnectionPage),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiQuery(query): ApiQuery<ConnectionsQuery>,
) -> Result<Json<ConnectionPage>, Problem> {
    page(&app, &caller, query).await.map(Json)
}

/// The same for whoever asks by another way.
pub async fn page(app: &App, caller: &Caller, query: ConnectionsQuery) -> Result<ConnectionPage, Problem> {
    let size = page_size(query.limit.as_deref())?;
    if query.provider.as_deref().is_some_and(|slug| app.providers.get().known(slug).is_none()) {
        return Err(Problem::invalid("#/provider", "No provider has this name."));
    }
    if query.status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
        return Err(Problem::invalid("#/status", format!("must be one of: {}", STATUSES.join(", "))));
    }
    if let Some(slug) = &query.provider {
        caller.may_use(slug)?;
    }
    let providers = caller.only_providers();
    let owner = match &caller.who {
        Who::Member(user) => Some(*user),
        Who::Operator(_) => None,
    };
    let canonical = format!("connections|{:?}|{:?}|{owner:?}|{providers:?}", query.provider, query.status);
    let after = match &query.cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let filter =
        Filter { provider: query.provider, providers, status: query.status, seen_by: owner, ..Filter::default() };
    let page = read(app, caller.tenant, &filter, after, size).await.map_err(database)?;
    Ok(ConnectionPage {
        connections: page.items.into_iter().map(|connection| ConnectionView::of(app, connection)).collect(),
        next_cursor: page.next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next)),
    })
}

async fn read(
    app: &App,
    tenant: TenantId,
    filter: &Filter,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Connection>, db::Error> {
    if let (None, Filter { provider: None, providers: None, status: None, seen_by, .. }) = (after, filter) {
        return app.newest.ask(Newest { tenant, seen_by: *seen_by, size }).await;
    }
    let mut wire = app.steady.acquire().await?;
    let page = connections::page(&mut *wire, tenant, filter, after, size).await?;
    wire.back();
    Ok(page)
}

pub(super) async fn find(app: &App, caller: &Caller, id: &str) -> Result<Connection, Problem> {
    let id = parse(id)?;
    let found = connections::find(&app.pool, caller.tenant, id).await.map_err(database)?;
    Ok(found.filter(|connection| caller.may_see(connection)).ok_or(VendError::NotFound).map_err(Failure::from)?)
}

pub(super) fn parse(id: &str) -> Result<ConnectionId, Problem> {
    id.parse().map_err(|_| Problem::invalid("#/id", "must be a UUID"))
}

/// Shows one connection with its health, the places it opens and the hooks it has at the vendor.
///
/// One connection with its health, the places it opens and the hooks it has at the vendor.
#[utoipa::path(
    get, path = "/connections/{id}", operation_id = "getConnection",
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    responses(
        (status = 200, body = ConnectionDetail),
        Refuses<NoSuchConnection>,
    )
)]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<ConnectionDetail>, Problem> {
    let connection = find(&app, &caller, &id).await?;
    let places = resources::of(&app.pool, caller.tenant, connection.id).await.map_err(database)?;
    let resources = places.into_iter().map(Into::into).collect();
    let shown = hooks::shown(&app.pool, caller.tenant, connection.id).await.map_err(database)?;
    let hooks_error = hooks::trouble(&app.pool, caller.tenant, connection.id).await.map_err(database)?;
    let hooks = shown.into_iter().map(Into::into).collect();
    Ok(Json(ConnectionDetail { connection: ConnectionView::of(&app, connection), resources, hooks, hooks_error }))
}

/// Refreshes the token now, although the stored one may still do.
#[utoipa::path(
    post, path = "/connections/{id}/refresh", operation_id = "refreshConnection",
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    responses(
        (status = 200, body = ConnectionView),
        Refuses<NoToken>,
    )
)]
pub async fn refresh(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = find(&app, &caller, &id).await?;
    vend::renew_all(&app, caller.tenant, connection.id).await.map_err(Failure::from)?;
    Ok(Json(ConnectionView::of(&app, find(&app, &caller, &id).await?)))
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub struct Disconnected {
    /// Always `revoked`: for us the grant is gone.
    status: &'static str,
    /// `revoked`, `pending` (the vendor did not answer; we go on trying), `shared` (another connection stands on the same
    /// account, so the vendor was not asked), `not_offered` (the vendor has no
    /// way to end it from here; the person removes the app on a page of the vendor's) or `nothing` (there was no grant).
    at_provider: &'static str,
}

/// Ends a connection.
///
/// Ends a connection: revokes at the vendor where that hits nobody else, and forgets the grant.
#[utoipa::path(
    delete, path = "/connections/{id}", operation_id = "endConnection",
    params(("id" = uuid::Uuid, Path, description = "The connection.")),
    responses(
        (status = 200, body = Disconnected),
        Refuses<NoSuchConnection>,
    )
)]
pub async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Disconnected>, Problem> {
    let ended = disconnect::disconnect(&app, &caller, parse(&id)?).await.map_err(Failure::from)?;
    Ok(Json(Disconnected { status: "revoked", at_provider: at_provider_word(ended) }))
}

/// As documented at [`Disconnected`].
pub fn at_provider_word(at_provider: AtProvider) -> &'static str {
    match at_provider {
        AtProvider::Revoked => "revoked",
        AtProvider::Pending => "pending",
        AtProvider::Shared => "shared",
        AtProvider::NotOffered => "not_offered",
        AtProvider::Nothing => "nothing",
    }
}
