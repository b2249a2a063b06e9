//! The MCP server of one connection, opened with a token that has just been vended.

use super::session::{Line, Session};
use crate::{
    App,
    flows::{
        budget::{Budget, For},
        settings::{self, SettingsError},
        vend::{self, VendError, Vended, Want},
    },
};
use agent::{
    Opened,
    mcp::{self, McpBounds, McpError},
};
use chrono::{DateTime, Utc};
use db::grants;
use kernel::{Connection, GrantRole, Secret, same};
use outbound::Ear;
use std::{error::Error, sync::Arc, time::Duration};

/// Between a request and its answer a person waits: less than all servers together may take.
const OPENING: Duration = Duration::from_secs(15);

/// Why the tools of a connection cannot be used now. Nothing of what a vendor said.
#[derive(Debug, thiserror::Error)]
pub enum Shut {
    #[error("the person has to connect the account again")]
    NeedsReauth,
    #[error("the installation is suspended at the provider")]
    Suspended,
    #[error("the provider is not set up here")]
    NotConfigured,
    #[error("the provider has asked for a pause")]
    Paused { until: DateTime<Utc> },
    #[error("the provider gives no token now")]
    NoToken,
    /// The account's token is good, and not for this server.
    #[error("the server does not take the account's token")]
    Refused,
    #[error("the server cannot be reached or is failing")]
    Unreachable,
    #[error("the server did not answer in time")]
    Silent,
    #[error("the server's answer cannot be used")]
    Unreadable,
    /// Only while it is open.
    #[error("the tool is not the one any more that the person has allowed")]
    Changed,
    #[error("something went wrong on our side")]
    Internal,
}

impl Shut {
    /// For programs; `GET /agent/tools` documents each.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NeedsReauth => "needs_reauth",
            Self::Suspended => "suspended",
            Self::NotConfigured => "not_configured",
            Self::Paused { .. } => "rate_limited",
            Self::NoToken => "no_token",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Silent => "timed_out",
            Self::Unreadable | Self::Changed => "unreadable",
            Self::Internal => "internal",
        }
    }
}

/// Opens it. Whoever lets go of what comes back ends the session.
pub async fn open(app: &Arc<App>, connection: Connection) -> Result<Opened, Shut> {
    let (tenant, provider) = (connection.tenant, connection.provider.clone());
    let server = app.providers.get().mcp_server(&provider).cloned().ok_or(Shut::NotConfigured)?;
    let configured = settings::configured(app, Some(tenant), &provider, &connection.parameters).await;
    let configured = configured.map_err(VendError::from)?;
    let role = role(app, &connection).await?;
    let line = Line { app: Arc::clone(app), connection, configured, server, role, ear: Ear::default() };
    let session = Session::begin(line).await?;
    let secrets = vec![session.token().await];
    Ok(Opened { id: session.id(), secrets, source: Box::new(session) })
}

/// Tools act for a person: where a grant of theirs stands beside the app's, it is that one.
async fn role(app: &App, connection: &Connection) -> Result<GrantRole, db::Error> {
    let roles = grants::roles(&app.pool, connection.tenant, connection.id).await?;
    Ok(if roles.contains(&GrantRole::User) { GrantRole::User } else { GrantRole::Primary })
}

/// A session and the token it was opened with. If the vendor does not take that one any more, there is another one, once.
pub async fn connect(line: &Line) -> Result<(mcp::Session, Secret), Shut> {
    let Line { app, connection, configured, server, role, ear } = line;
    let budget = Budget::of(app, configured, connection).await?;
    if let Some(until) = budget.rests_until(Some(server.url.path()), For::Somebody).await? {
        return Err(Shut::Paused { until });
    }
    let vended = vend::of(app, connection.clone(), *role, Want::Fresh).await?;
    let mut token = vended.grant.access_token.clone();
    let mut session = dial(line, &token).await;
    if matches!(session, Err(McpError::Unauthorized { .. }))
        && let Some(fresh) = another_token(line, &vended).await?
    {
        token = fresh;
        session = dial(line, &token).await;
    }
    let paused = super::session::hear(&budget, configured, app.clock.now(), ear).await;
    match (session, paused) {
        (Ok(session), _) => Ok((session, token)),
        (Err(_), Some(until)) => Err(Shut::Paused { until }),
        (Err(error), None) => {
            tracing::warn!(%error, provider = connection.provider, connection = %connection.id, "no tools of an MCP server");
            Err(error.into())
        }
    }
}

async fn dial(line: &Line, token: &Secret) -> Result<mcp::Session, McpError> {
    let Line { app, server, ear, .. } = line;
    let client = app.client.heard_by(ear);
    let bounds = McpBounds { opening: OPENING, ..McpBounds::default() };
    let (hosts, url, bearer) = (server.hosts.clone(), server.url.clone(), Some(token.clone()));
    mcp::Session::open(&mcp::McpServer { client: &client, hosts, url, bearer, bounds }).await
}

/// The token to try again with. A server may refuse for reasons of its own: the vendor is asked before a token is replaced.
async fn another_token(line: &Line, vended: &Vended) -> Result<Option<Secret>, VendError> {
    let Line { app, configured, .. } = line;
    if !vend::is_refused(app, configured, vended).await {
        return Ok(None);
    }
    let refused = &vended.grant.access_token;
    let fresh = vend::after_refusal(app, vended.connection.tenant, vended.key, refused).await?.grant.access_token;
    Ok((!same(fresh.expose(), refused.expose())).then_some(fresh))
}

impl From<McpError> for Shut {
    fn from(error: McpError) -> Self {
        match error {
            McpError::Unauthorized { .. } | McpError::Forbidden { .. } => Self::Refused,
            McpError::Status { .. } | McpError::Unreachable(_) | McpError::Broken => Self::Unreachable,
            McpError::Silent => Self::Silent,
            McpError::TooLarge { .. }
            | McpError::Unreadable
            | McpError::Refused { .. }
            | McpError::Version
            | McpError::Endless => Self::Unreadable,
        }
    }
}

impl From<VendError> for Shut {
    fn from(error: VendError) -> Self {
        match error {
            VendError::NotFound | VendError::Reconnect(_) | VendError::NoSuchGrant => Self::NeedsReauth,
            VendError::Suspended => Self::Suspended,
            VendError::Settings(
                SettingsError::UnknownProvider
                | SettingsError::NotConfigured
                | SettingsError::ClientGone
                | SettingsError::Place(_),
            ) => Self::NotConfigured,
            VendError::Unavailable { .. } | VendError::TooLong { .. } => Self::NoToken,
            VendError::Database(error) => error.into(),
            VendError::Settings(SettingsError::Database(_) | SettingsError::Open(_) | SettingsError::Stored)
            | VendError::Vault(_)
            | VendError::Seal(_)
            | VendError::Format(_) => internal(&error),
        }
    }
}

impl From<db::Error> for Shut {
    fn from(error: db::Error) -> Self {
        internal(&error)
    }
}

/// Told once, with its causes; the answer only says that it is ours.
fn internal(error: &dyn Error) -> Shut {
    let (mut chain, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = %chain, "the tools of a connection cannot be used");
    Shut::Internal
}
