//! `rmcp`'s HTTP, through `outbound`: its hosts, its bounds, no second client. The token is added here and is nowhere in `rmcp`,
//! whose structures are printed when they go wrong.

mod ear;
mod fault;
mod line;
mod stream;

pub(super) use ear::Ear;
pub(super) use fault::Fault;
pub(super) use line::{Heard, Line};

use super::{Challenge, McpBounds, McpServer};
use futures_util::stream::BoxStream;
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use kernel::Secret;
use outbound::{Bounds, HostPolicy, Streamed};
use rmcp::{
    model::{ClientJsonRpcMessage, GetExtensions, JsonRpcMessage, RequestId, ServerJsonRpcMessage},
    transport::streamable_http_client::{
        SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
    },
};
use sse_stream::Sse;
use std::{collections::HashMap, sync::Arc, time::Duration};
use url::Url;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const SESSION: &str = "mcp-session-id";
/// A stream beside the requests carries notices that something has changed, and nothing large.
const ASIDE: Bounds = Bounds { idle: Duration::from_mins(10), total: Duration::from_hours(1), bytes: 1024 * 1024 };
/// Saying goodbye is not worth more.
const GOODBYE: Duration = Duration::from_secs(3);

type Events = BoxStream<'static, Result<Sse, SseError>>;
type Error = StreamableHttpError<Fault>;

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Wire {
    client: outbound::Client,
    hosts: HostPolicy,
    url: Url,
    bearer: Option<Secret>,
    bounds: McpBounds,
    ear: Arc<Ear>,
}

impl Wire {
    pub(super) fn to(server: &McpServer<'_>, ear: Arc<Ear>) -> Self {
        Self {
            client: server.client.clone(),
            hosts: server.hosts.clone(),
            url: server.url.clone(),
            bearer: server.bearer.clone(),
            bounds: server.bounds,
            ear,
        }
    }

    /// Sends, and answers when the head of the answer is there.
    async fn send(
        &self,
        method: Method,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Option<Vec<u8>>,
        bounds: Bounds,
    ) -> Result<Streamed, Fault> {
        let mut request = self.client.request(&self.hosts, method, &self.url)?;
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer.expose());
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, JSON).body(body);
        }
        let opened = tokio::time::timeout(self.bounds.idle, self.client.open(request, bounds)).await;
        let answer = opened.map_err(|_| Fault::Silent)??;
        let challenge = || Box::new(Challenge::of(&answer.headers));
        let refusal = match answer.status {
            StatusCode::UNAUTHORIZED => Fault::Unauthorized(challenge()),
            StatusCode::FORBIDDEN if *challenge() != Challenge::default() => Fault::Forbidden(challenge()),
            _ => return Ok(answer),
        };
        self.ear.refuse(refusal.clone());
        Err(refusal)
    }

    fn call_bounds(&self) -> Bounds {
        Bounds { idle: self.bounds.idle, total: self.bounds.total, bytes: self.bounds.bytes }
    }

    async fn post(
        &self,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Error> {
        let in_session = session.is_some();
        let headers = with(headers, &format!("{JSON}, {EVENTS}"), session.as_deref());
        let body = serde_json::to_vec(&message)?;
        let answer = self.send(Method::POST, headers, Some(body), self.call_bounds()).await?;
        let (id, line) = match message {
            JsonRpcMessage::Request(request) => (Some(request.id), request.request.extensions().get::<Line>().cloned()),
            _ => (None, None),
        };
        let status = answer.status;
        if status == StatusCode::NOT_FOUND && in_session {
            return Err(StreamableHttpError::SessionExpired);
        }
        let Some(id) = id else {
            // Nothing is waited for: whatever it says beside a success does not matter.
            return if status.is_success() {
                Ok(StreamableHttpPostResponse::Accepted)
            } else {
                Err(Fault::Status(status.as_u16()).into())
            };
        };
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        let begun = text(&answer, SESSION);
        if begun.is_some() {
            self.ear.begin_session();
        }
        if !status.is_success() {
            return Ok(StreamableHttpPostResponse::Json(refusal(answer, id).await?, begun));
        }
        match media_type(&answer).as_str() {
            EVENTS => {
                let events = stream::events(answer, line, Arc::clone(&self.ear));
                Ok(StreamableHttpPostResponse::Sse(events, begun))
            }
            JSON => {
                let message = serde_json::from_slice(&whole(answer).await?).map_err(|_| Fault::Unreadable)?;
                Ok(StreamableHttpPostResponse::Json(addressed(message, id)?, begun))
            }
            _ => Err(Fault::Unreadable.into()),
        }
    }
}

/// One body is one answer, to this request. Another's would leave this one waiting for ever.
fn addressed(message: ServerJsonRpcMessage, id: RequestId) -> Result<ServerJsonRpcMessage, Fault> {
    match message {
        JsonRpcMessage::Response(answer) if answer.id.to_string() == id.to_string() => {
            Ok(ServerJsonRpcMessage::response(answer.result, id))
        }
        JsonRpcMessage::Error(answer) if answer.id.as_ref().is_none_or(|it| it.to_string() == id.to_string()) => {
            Ok(ServerJsonRpcMessage::error(answer.error, Some(id)))
        }
        _ => Err(Fault::Unreadable),
    }
}

/// A JSON-RPC error under an HTTP status that says so too. Its id may be missing or made up: the answer is this request's.
async fn refusal(answer: Streamed, id: RequestId) -> Result<ServerJsonRpcMessage, Fault> {
    let status = answer.status;
    if media_type(&answer) == JSON
        && let Ok(ServerJsonRpcMessage::Error(error)) = serde_json::from_slice(&whole(answer).await?)
    {
        return Ok(ServerJsonRpcMessage::error(error.error, Some(id)));
    }
    Err(Fault::Status(status.as_u16()))
}

async fn whole(mut answer: Streamed) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(piece) = answer.piece().await? {
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn text(answer: &Streamed, name: &str) -> Option<String> {
    Some(answer.headers.get(name)?.to_str().ok()?.to_owned())
}

fn media_type(answer: &Streamed) -> String {
    let kind = text(answer, CONTENT_TYPE.as_str()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl StreamableHttpClient for Wire {
    type Error = Fault;

    async fn post_message(
        &self,
        _url: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _bearer: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Error> {
        self.post(message, session, headers).await
    }

    async fn delete_session(
        &self,
        _url: Arc<str>,
        session: Arc<str>,
        _bearer: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Error> {
        let bounds = Bounds { idle: GOODBYE, total: GOODBYE, bytes: ASIDE.bytes };
        self.send(Method::DELETE, with(headers, JSON, Some(&session)), None, bounds).await?;
        Ok(())
    }

    async fn get_stream(
        &self,
        _url: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _bearer: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Error> {
        if !self.ear.may_open() {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        let mut headers = with(headers, EVENTS, session.as_deref());
        if let Some(last) = last_event.and_then(|last| HeaderValue::from_str(&last).ok()) {
            headers.push((HeaderName::from_static("last-event-id"), last));
        }
        let opened = self.send(Method::GET, headers, None, ASIDE).await;
        self.ear.opened();
        let answer = opened?;
        match answer.status {
            status if status.is_success() && media_type(&answer) == EVENTS => {
                Ok(stream::events(answer, None, Arc::clone(&self.ear)))
            }
            status if status.is_server_error() => Err(Fault::Status(status.as_u16()).into()),
            _ => Err(StreamableHttpError::ServerDoesNotSupportSse),
        }
    }
}

/// What `rmcp` wants to be sent, what we take, and the session.
fn with(
    headers: HashMap<HeaderName, HeaderValue>,
    accept: &str,
    session: Option<&str>,
) -> Vec<(HeaderName, HeaderValue)> {
    let ours = [(ACCEPT, Some(accept)), (HeaderName::from_static(SESSION), session)];
    let ours = ours.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(value?).ok()?)));
    headers.into_iter().chain(ours).collect()
}
