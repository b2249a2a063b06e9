//! What goes over the wire.

use crate::App;
use chrono::{DateTime, Utc};
use db::hooks::Shown;
use kernel::{Connection, Parameters, Resource, Status};
use serde::Serialize;
use utoipa::ToSchema;

/// A connection and its health.
#[derive(Serialize, ToSchema)]
pub struct ConnectionView {
    #[schema(value_type = uuid::Uuid)]
    pub id: kernel::ConnectionId,
    pub provider: String,
    /// `account` or `installation`.
    pub kind: &'static str,
    /// The vendor's id of the account or installation.
    pub account_id: String,
    /// The vendor's id of the organisation or workspace.
    pub org_id: Option<String>,
    pub display_name: String,
    pub label: Option<String>,
    /// As granted.
    pub scopes: Vec<String>,
    /// Asked for when it was connected, and not granted: the person unticked them, or the vendor names them otherwise.
    pub declined_scopes: Vec<String>,
    /// What was said before it was connected, of the provider's `inputs`: a connect that says it again reaches the same account.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub parameters: Parameters,
    /// The person whose it is; null: shared by the tenant.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner: Option<kernel::UserId>,
    pub health: HealthView,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The state of a connection and what to do about it.
#[derive(Serialize, ToSchema)]
pub struct HealthView {
    /// `active`, `needs_reauth`, `degraded`, `suspended` or `revoked`.
    pub status: &'static str,
    /// Why a person has to connect again: `revoked`, `refresh_expired`, `missing_scope`, `rotated_elsewhere`,
    /// `app_disabled`. Why it is degraded: `unavailable`, `rate_limited`, `unreadable`, `unanswered` (the vendor's answer was
    /// lost), `client_refused`, `not_configured`.
    pub reason: Option<&'static str>,
    /// When the next refresh is due, while degraded.
    pub next_retry_at: Option<DateTime<Utc>>,
    /// When the vendor ends the grant by itself, unless a refresh moves this: then a person has to connect again. Null: the
    /// vendor names no end.
    pub reauth_due_at: Option<DateTime<Utc>>,
    /// `reconnect`, `wait`, `check_settings` (the operator: client id, secret, key), `unsuspend_at_provider`,
    /// or null when all is well.
    pub next_action: Option<&'static str>,
    /// Where a new connect starts, when that is the next action.
    pub reconnect_url: Option<String>,
}

/// A connection, its health, and the places it opens.
#[derive(Serialize, ToSchema)]
pub struct ConnectionDetail {
    #[serde(flatten)]
    pub connection: ConnectionView,
    /// Where the provider has several places for one account, such as sites. `org_id` of GET /oauth/token/{provider} may be
    /// the id of any of them.
    pub resources: Vec<ResourceView>,
    /// What we registered with the vendor, so that it tells of what happens there.
    pub hooks: Vec<HookView>,
    /// Why nothing can be registered at the vendor now, if that is so.
    pub hooks_error: Option<String>,
}

/// A hook of this connection at the vendor.
#[derive(Serialize, ToSchema)]
pub struct HookView {
    /// What is watched, in the vendor's words: a repository, a site, a calendar.
    pub target: String,
    /// `pending` (the vendor does not have it yet), `active` or `removing` (another one has taken its place, or it is not wanted
    /// any more).
    pub state: String,
    /// When it ends, unless it is renewed before that, as it will be. Null: it has no end.
    pub expires_at: Option<DateTime<Utc>>,
    /// When something last came through it, to the minute.
    pub last_delivery_at: Option<DateTime<Utc>>,
    /// Why the last attempt to register, renew or remove it failed. It is tried again, at least once a day.
    pub error: Option<String>,
}

impl From<Shown> for HookView {
    fn from(hook: Shown) -> Self {
        let Shown { target, state, expires_at, delivered_at, error } = hook;
        Self { target, state, expires_at, last_delivery_at: delivered_at, error }
    }
}

/// A place that a connection's grant opens.
#[derive(Serialize, ToSchema)]
pub struct ResourceView {
    /// The vendor's id. One place with two products is here twice.
    pub id: String,
    /// The product or kind of place, in the vendor's word.
    pub kind: String,
    pub name: String,
    pub url: Option<String>,
    /// As granted there.
    pub scopes: Vec<String>,
}

impl From<Resource> for ResourceView {
    fn from(resource: Resource) -> Self {
        let Resource { external_id, kind, name, url, scopes } = resource;
        Self { id: external_id, kind, name, url, scopes }
    }
}

impl ConnectionView {
    pub fn of(app: &App, connection: Connection) -> Self {
        let reason = connection.status.reason();
        let declined_scopes = declined(&connection);
        let parameters = said(app, &connection);
        let next_retry_at = match connection.status {
            Status::Degraded { next_retry_at, .. } => Some(next_retry_at),
            Status::Active | Status::NeedsReauth { .. } | Status::Suspended | Status::Revoked => None,
        };
        let next_action = connection.status.next_action();
        let reconnect_url = (next_action == Some("reconnect"))
            .then(|| app.config.urls.public(&format!("/connect/{}", connection.provider)));
        Self {
            id: connection.id,
            kind: connection.kind.word(),
            account_id: connection.account_id,
            org_id: connection.org_id,
            display_name: connection.display_name,
            label: connection.label,
            declined_scopes,
            parameters,
            scopes: connection.scopes,
            owner: connection.owner,
            health: HealthView {
                status: connection.status.word(),
                reason,
                next_retry_at,
                reauth_due_at: connection.reauth_due_at,
                next_action,
                reconnect_url,
            },
            created_at: connection.created_at,
            updated_at: connection.updated_at,
            provider: connection.provider,
        }
    }
}

/// Without what came of the vendor's redirect or token answer, which no connect may say.
fn said(app: &App, connection: &Connection) -> Parameters {
    let provider = app.providers.get().known(&connection.provider).cloned();
    let is_asked = |name: &str| provider.iter().any(|one| one.inputs.iter().any(|input| input.name == name));
    connection.parameters.iter().filter(|(name, _)| is_asked(name)).collect()
}

fn declined(connection: &Connection) -> Vec<String> {
    let requested = connection.requested_scopes.iter().flatten();
    requested.filter(|scope| !connection.scopes.contains(scope)).cloned().collect()
}
