//! Installations: what organisations have given access to.

use crate::{
    App,
    flows::installations::{self, Ended, Installation},
    http::{
        document::{Refuses, schemas},
        doors::Operating,
        query::{ApiPath, ApiQuery, bad_cursor, page_size},
        tenant::connections::at_provider_word,
    },
    problem::{Failure, NoSuchConnection, database},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use edge::Problem;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which installations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InstallationsQuery {
    /// Only of this provider.
    #[param(inline, value_type = Option<schemas::Slug>)]
    platform: Option<String>,
    /// Connections, 1 to 100, 50 when absent; one of them may stand for several installations.
    #[param(inline, value_type = Option<schemas::Limit>)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    cursor: Option<String>,
}

/// A connection seen through its organisation.
#[derive(Serialize, ToSchema)]
pub struct InstallationView {
    /// For DELETE /oauth/installations/{id}.
    id: String,
    platform: String,
    /// The vendor's id of the installation, workspace or site; takes the place of `org_id` at GET /oauth/token/{provider}.
    external_id: String,
    name: String,
    url: Option<String>,
    /// What it was granted for, in the vendor's words; empty where the vendor does not tell products apart.
    products: Vec<String>,
    scopes: Vec<String>,
    #[schema(value_type = uuid::Uuid)]
    connection_id: kernel::ConnectionId,
    /// The connection's: `active`, `needs_reauth`, `degraded` or `suspended`.
    status: &'static str,
    created_at: DateTime<Utc>,
}

impl From<Installation> for InstallationView {
    fn from(installation: Installation) -> Self {
        let Installation { id, external_id, name, url, products, scopes, connection } = installation;
        Self {
            id: id.to_string(),
            platform: connection.provider,
            external_id,
            name,
            url,
            products,
            scopes,
            connection_id: connection.id,
            status: connection.status.word(),
            created_at: connection.created_at,
        }
    }
}

/// A page of installations, newest connection first.
#[derive(Serialize, ToSchema)]
pub struct InstallationPage {
    installations: Vec<InstallationView>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// Lists what organisations have given the tenant access to.
#[utoipa::path(
    get, path = "/oauth/installations", operation_id = "listInstallations",
    params(InstallationsQuery),
    responses(
        (status = 200, body = InstallationPage),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiQuery(query): ApiQuery<InstallationsQuery>,
) -> Result<Json<InstallationPage>, Problem> {
    let size = page_size(query.limit.as_deref())?;
    if let Some(slug) = &query.platform {
        if app.providers.get().known(slug).is_none() {
            return Err(Problem::invalid("#/platform", "No provider has this name."));
        }
        caller.may_use(slug)?;
    }
    let canonical = format!("installations|{:?}|{:?}", query.platform, caller.only_providers());
    let after = match &query.cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let page = installations::page(&app, &caller, query.platform, after, size).await.map_err(database)?;
    Ok(Json(InstallationPage {
        installations: page.items.into_iter().flatten().map(Into::into).collect(),
        next_cursor: page.next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next)),
    }))
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub struct InstallationEnded {
    /// Always `revoked`: for us it is gone.
    status: &'static str,
    /// As at DELETE /connections/{id}; `shared` where the grant goes on for other places that it opens.
    at_provider: &'static str,
}

/// Ends an installation.
///
/// Ends an installation. The connection ends with it unless its grant opens other places too.
#[utoipa::path(
    delete, path = "/oauth/installations/{id}", operation_id = "endInstallation",
    params(("id" = String, Path, description = "From the list.")),
    responses(
        (status = 200, body = InstallationEnded),
        Refuses<NoSuchConnection>,
    )
)]
pub async fn end(
    State(app): State<Arc<App>>,
    Operating(caller): Operating,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<InstallationEnded>, Problem> {
    let id = id.parse().map_err(|_| Problem::invalid("#/id", "must be an id of GET /oauth/installations"))?;
    let ended = installations::end(&app, &caller, &id).await.map_err(Failure::from)?;
    let at_provider = match ended {
        Ended::OnePlace => "shared",
        Ended::Connection(at_provider) => at_provider_word(at_provider),
    };
    Ok(Json(InstallationEnded { status: "revoked", at_provider }))
}
