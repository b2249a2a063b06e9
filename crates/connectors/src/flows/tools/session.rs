//! A session at a vendor's MCP server over the life of its token, counted with everything else that is asked of the vendor.

use super::servers::{self, Shut};
use crate::{
    App,
    flows::budget::{Budget, For},
};
use agent::{
    Outcome, Progress, Source, Tool,
    mcp::{self, McpError},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use http::StatusCode;
use kernel::{Connection, GrantRole, Secret};
use outbound::{Answer, Ear};
use providers::{Configured, McpServer};
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio::sync::{RwLock, RwLockReadGuard};

/// What a session is opened with, the first time and again.
pub struct Line {
    pub app: Arc<App>,
    pub connection: Connection,
    pub configured: Configured,
    pub server: Arc<McpServer>,
    pub role: GrantRole,
    /// Hears what answers say of quotas.
    pub ear: Ear,
}

/// Dropping it takes leave of the server, in the background.
pub struct Session {
    line: Line,
    /// As they were found first: what the person has allowed of them stands on that.
    tools: Vec<Tool>,
    held: RwLock<Held>,
}

struct Held {
    /// Which one it is, of those that were opened in turn.
    number: u64,
    session: mcp::Session,
    token: Secret,
}

impl Session {
    pub async fn begin(line: Line) -> Result<Self, Shut> {
        let (session, token) = servers::connect(&line).await?;
        Ok(Self { tools: session.tools().to_vec(), held: RwLock::new(Held { number: 1, session, token }), line })
    }

    pub fn id(&self) -> String {
        self.line.connection.id.to_string()
    }

    pub async fn token(&self) -> Secret {
        self.held.read().await.token.clone()
    }

    /// Calls, and if the token has ended meanwhile once more with another one: who answers 401 has done nothing.
    async fn attempt(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        told: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Outcome, Shut> {
        let Line { app, connection, configured, server, ear, .. } = &self.line;
        let budget = Budget::of(app, configured, connection).await?;
        if let Some(until) = budget.rests_until(Some(server.url.path()), For::Somebody).await? {
            return Err(Shut::Paused { until });
        }
        let mut held = self.held.read().await;
        if held.session.has_changed() {
            held = self.opened_again(held, tool).await?;
        }
        let mut outcome = held.session.try_call(tool, arguments.clone(), told).await;
        if matches!(outcome, Err(McpError::Unauthorized { .. })) {
            held = self.opened_again(held, tool).await?;
            outcome = held.session.try_call(tool, arguments, told).await;
        }
        hear(&budget, configured, app.clock.now(), ear).await;
        Ok(outcome.unwrap_or_else(|error| Outcome::failed(format!("The tool could not be used: {error}."))))
    }

    /// Another session in place of the one that was `seen`, by this call or by one beside it. It is of use for this tool only if
    /// the tool is what it was: nobody has allowed another one.
    async fn opened_again<'a>(
        &'a self,
        seen: RwLockReadGuard<'a, Held>,
        tool: &str,
    ) -> Result<RwLockReadGuard<'a, Held>, Shut> {
        let number = seen.number;
        drop(seen);
        let mut held = self.held.write().await;
        if held.number == number {
            let (session, token) = servers::connect(&self.line).await?;
            *held = Held { number: number + 1, session, token };
        }
        let held = held.downgrade();
        let of = |tools: &[Tool]| tools.iter().find(|one| one.name == tool).map(Tool::fingerprint);
        if of(held.session.tools()) == of(&self.tools) { Ok(held) } else { Err(Shut::Changed) }
    }
}

impl Source for Session {
    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    fn call<'a>(
        &'a self,
        tool: &'a str,
        arguments: Map<String, Value>,
        told: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let outcome = self.attempt(tool, arguments, told).await;
            outcome.unwrap_or_else(|shut| Outcome::failed(advice(&shut, self.line.app.clock.now())))
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.held.into_inner().session.leave())
    }
}

/// For a model.
fn advice(shut: &Shut, now: DateTime<Utc>) -> String {
    match shut {
        Shut::Paused { until } => {
            format!("The tool was not called: {shut}. Try again in {} seconds.", (*until - now).num_seconds().max(1))
        }
        other => format!("The tool was not called: {other}."),
    }
}

/// Notes what the last answer says of quotas; the end of the pause that it asks for, if it does. The answer is worth more than
/// the note.
pub async fn hear(
    budget: &Budget<'_>,
    configured: &Configured,
    now: DateTime<Utc>,
    ear: &Ear,
) -> Option<DateTime<Utc>> {
    let head = ear.take()?;
    let may_ask =
        [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&head.status);
    let answer = Answer { status: head.status, headers: head.headers, body: Bytes::new() };
    let pause = configured.provider.vendor.pause(&answer, now).filter(|_| may_ask);
    let is_asked = pause.is_some() || answer.status == StatusCode::TOO_MANY_REQUESTS;
    let noted = if is_asked {
        budget.pause(&head.path, &answer.headers, pause).await.map(Some)
    } else {
        budget.hear(&head.path, &answer.headers).await.map(|_| None)
    };
    noted.unwrap_or_else(|error| {
        tracing::error!(%error, "what an MCP server says of the vendor's quota is not noted");
        None
    })
}
