//! `tools/call`: one call, its progress, its end.

use super::{
    McpError, content,
    session::of_request,
    wire::{Heard, Line},
};
use crate::{Outcome, Progress};
use kernel::Secret;
use rmcp::{
    Peer, RoleClient, ServiceError,
    model::{CallToolRequest, CallToolRequestParams, ClientRequest, ServerResult},
    service::{PeerRequestOptions, RequestHandle},
};
use serde_json::{Map, Value};
use std::time::Duration;

/// A call that has not been answered. Dropping it gives it up at the server: with a notification in the legacy era, by closing
/// the stream in the modern one.
struct Unanswered(Option<RequestHandle<RoleClient>>);

impl Unanswered {
    async fn answer(&mut self) -> Result<ServerResult, ServiceError> {
        let Some(handle) = &mut self.0 else { return Err(ServiceError::TransportClosed) };
        let answer = (&mut handle.rx).await.unwrap_or(Err(ServiceError::TransportClosed));
        if matches!(answer, Ok(_) | Err(ServiceError::McpError(_))) {
            self.0 = None;
        }
        answer
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        let (Some(handle), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) else { return };
        runtime.spawn(handle.cancel(Some("given up".to_owned())));
    }
}

pub(super) async fn call(
    peer: &Peer<RoleClient>,
    patience: Duration,
    bearer: Option<&Secret>,
    tool: &str,
    arguments: Map<String, Value>,
    told: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Outcome, McpError> {
    let (line, mut heard) = Line::new();
    let mut request = CallToolRequest::new(CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments));
    request.extensions.insert(line);
    let sent = peer.send_cancellable_request(ClientRequest::CallToolRequest(request), PeerRequestOptions::no_options());
    let mut call = Unanswered(Some(sent.await.map_err(|error| of_request(&error, None))?));
    let answer = tokio::time::timeout(patience, answered(&mut call, &mut heard, told)).await;
    match answer.map_err(|_| McpError::Silent)? {
        Ok(result) => content::outcome(result, bearer).ok_or(McpError::Unreadable),
        Err(ServiceError::McpError(error)) if heard.fault().is_none() => Ok(content::refusal(&error.message, bearer)),
        Err(error) => Err(of_request(&error, heard.fault())),
    }
}

/// Progress comes before the answer, as it did on the wire.
async fn answered(
    call: &mut Unanswered,
    heard: &mut Heard,
    told: &(dyn Fn(Progress) + Send + Sync),
) -> Result<ServerResult, ServiceError> {
    let answer = loop {
        tokio::select! {
            biased;
            Some(progress) = heard.progress.recv() => told(progress),
            answer = call.answer() => break answer,
        }
    };
    while let Ok(progress) = heard.progress.try_recv() {
        told(progress);
    }
    answer
}
