//! A server that has been opened.

use super::{
    McpBounds, McpError, McpServer, call, list,
    wire::{Ear, Fault, Wire},
};
use crate::{Outcome, Progress, Source, Tool};
use futures_util::future::BoxFuture;
use kernel::Secret;
use rmcp::{
    Peer, RoleClient,
    model::{ClientCapabilities, Implementation, InitializeRequestParams, ProtocolVersion, SubscriptionFilter},
    service::{
        ClientInitializeError, ClientLifecycleMode, RunningService, ServiceError, Subscription,
        serve_client_with_lifecycle,
    },
    transport::streamable_http_client::{
        StreamableHttpClientTransport, StreamableHttpClientTransportConfig, StreamableHttpError,
    },
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// The farewell of a server that does not listen to it. `rmcp` itself waits five seconds for the session's DELETE.
const LEAVING: Duration = Duration::from_secs(6);
/// A stream of changes is a favour: without its beginning by then the list is read without it.
const LISTENING: Duration = Duration::from_secs(1);
/// What JSON-RPC calls a method that is not there.
const NO_METHOD: i32 = -32601;

/// An open server: its tools, and what is needed to call them. Dropping it takes leave in the background, within seconds.
pub struct Session {
    running: RunningService<RoleClient, InitializeRequestParams>,
    _listening: Option<Subscription>,
    tools: Vec<Tool>,
    ear: Arc<Ear>,
    bearer: Option<Secret>,
    bounds: McpBounds,
}

impl Session {
    /// Opens the server and reads its whole list of tools. `initialize` is asked first, which every server but the newest
    /// understands; one that refuses it is asked to be discovered (2026-07-28).
    pub async fn open(server: &McpServer<'_>) -> Result<Self, McpError> {
        let opened = tokio::time::timeout(server.bounds.opening, Box::pin(Self::begin(server))).await;
        opened.map_err(|_| McpError::Silent)?
    }

    async fn begin(server: &McpServer<'_>) -> Result<Self, McpError> {
        let ear = Arc::new(Ear::default());
        let running = match started(server, &ear, ClientLifecycleMode::Initialize).await {
            Err(McpError::Refused { .. } | McpError::Status { status: 400..=499 }) => {
                let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
                started(server, &ear, ClientLifecycleMode::Discover { preferred_versions }).await?
            }
            other => other?,
        };
        let peer = running.peer();
        let info = peer.peer_info().ok_or(McpError::Unreadable)?;
        if !ProtocolVersion::KNOWN_VERSIONS.contains(&info.protocol_version) {
            return Err(McpError::Version);
        }
        let offered = info.capabilities.tools.as_ref();
        // Before the list is read, so that no change of it is missed.
        let announces = offered.and_then(|tools| tools.list_changed) == Some(true);
        let listening = if announces && !info.protocol_version.has_initialize() { listen(peer).await } else { None };
        ear.listens(LISTENING).await;
        let tools = match list::tools(peer).await {
            // A server that has said nothing of tools may have none.
            Err(McpError::Refused { code: NO_METHOD }) if offered.is_none() => Vec::new(),
            other => other?,
        };
        Ok(Self { running, _listening: listening, tools, ear, bearer: server.bearer.clone(), bounds: server.bounds })
    }

    /// Whether the server has said since that its list of tools is another one. It can where it keeps a stream open to us: in a
    /// session, or in the modern era; and beside any answer that is a stream.
    pub fn has_changed(&self) -> bool {
        self.ear.has_changed()
    }

    /// The version that was agreed on.
    pub fn version(&self) -> Option<String> {
        Some(self.running.peer().peer_info()?.protocol_version.to_string())
    }

    /// Calls a tool. What the server answers is an outcome, its refusals too; that it could not be asked is an error, so that
    /// a caller can get another token.
    pub async fn try_call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        told: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Outcome, McpError> {
        call::call(self.running.peer(), self.bounds.total, self.bearer.as_ref(), tool, arguments, told).await
    }

    /// Ends the session at the server, and waits for it for a few seconds.
    pub async fn leave(self) {
        let _however = tokio::time::timeout(LEAVING, self.running.cancel()).await;
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
            self.try_call(tool, arguments, told).await.unwrap_or_else(|error| Outcome::failed(error.advice()))
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.leave())
    }
}

/// What we are to a server. We can be asked for nothing: there is no person to ask while an agent works.
fn ourselves() -> InitializeRequestParams {
    let name = Implementation::new("connectors", env!("CARGO_PKG_VERSION"));
    InitializeRequestParams::new(ClientCapabilities::default(), name)
        .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
}

async fn started(
    server: &McpServer<'_>,
    ear: &Arc<Ear>,
    how: ClientLifecycleMode,
) -> Result<RunningService<RoleClient, InitializeRequestParams>, McpError> {
    let wire = Wire::to(server, Arc::clone(ear));
    let config = StreamableHttpClientTransportConfig::with_uri(server.url.as_str());
    let transport = StreamableHttpClientTransport::with_client(wire, config);
    serve_client_with_lifecycle(ourselves(), transport, how)
        .await
        .map_err(|error| ear.refused().map_or_else(|| of_opening(&error), McpError::from))
}

async fn listen(peer: &Peer<RoleClient>) -> Option<Subscription> {
    let changes = SubscriptionFilter::builder().tools_list_changed().build();
    tokio::time::timeout(LISTENING, peer.listen(changes)).await.ok()?.ok()
}

fn of_opening(error: &ClientInitializeError) -> McpError {
    match error {
        ClientInitializeError::JsonRpcError(error) => McpError::Refused { code: error.code.0 },
        ClientInitializeError::NoCompatibleProtocolVersion { .. } => McpError::Version,
        ClientInitializeError::TransportError { error, .. } => of_transport(error.error.as_ref()),
        ClientInitializeError::ConnectionClosed(_) => McpError::Broken,
        _ => McpError::Unreadable,
    }
}

/// What went wrong with a request; `fault` is what its own stream ended with.
pub(super) fn of_request(error: &ServiceError, fault: Option<Fault>) -> McpError {
    if let Some(fault) = fault {
        return fault.into();
    }
    match error {
        ServiceError::McpError(error) => McpError::Refused { code: error.code.0 },
        ServiceError::TransportSend(error) => of_transport(error.error.as_ref()),
        ServiceError::TransportClosed | ServiceError::Cancelled { .. } => McpError::Broken,
        ServiceError::Timeout { .. } => McpError::Silent,
        _ => McpError::Unreadable,
    }
}

fn of_transport(error: &(dyn std::error::Error + Send + Sync + 'static)) -> McpError {
    match error.downcast_ref::<StreamableHttpError<Fault>>() {
        Some(StreamableHttpError::Client(fault)) => fault.clone().into(),
        Some(StreamableHttpError::Deserialize(_)) => McpError::Unreadable,
        Some(StreamableHttpError::SessionExpired) => McpError::Status { status: 404 },
        _ => McpError::Broken,
    }
}
