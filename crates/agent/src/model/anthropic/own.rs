//! The small client of our own: a gateway's path is kept, and so is what a refusal says about when to come back.

use super::{
    Failed, Patience, SettingsError,
    assemble::{Assembly, Event, Message},
    body::body,
};
use crate::model::{Answer, Listener, ModelError, Request};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Method, header};
use kernel::{Clock, Secret};
use outbound::{Bounds, HostPolicy, Streamed, retry_after};
use sse_stream::SseStream;
use std::time::Duration;
use url::Url;

pub(super) const VERSION: &str = "2023-06-01";
/// Of one answer: a model says a few hundred kilobytes at most.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

pub(super) struct Own {
    client: outbound::Client,
    clock: Clock,
    hosts: HostPolicy,
    url: Url,
    key: HeaderValue,
    patience: Patience,
}

impl Own {
    pub(super) fn new(
        client: outbound::Client,
        clock: Clock,
        base: &Url,
        key: &Secret,
        patience: Patience,
    ) -> Result<Self, SettingsError> {
        let hosts = HostPolicy::allow([base.as_str()])?;
        let url = format!("{}/v1/messages", base.as_str().trim_end_matches('/'));
        let url = url.parse().map_err(|_| outbound::PolicyError::NotAUrl)?;
        let mut key = HeaderValue::from_str(key.expose()).map_err(|_| SettingsError::Key)?;
        key.set_sensitive(true);
        Ok(Self { client, clock, hosts, url, key, patience })
    }

    pub(super) async fn ask(
        &self,
        model: &str,
        request: &Request<'_>,
        listener: Option<Listener<'_>>,
        attempt: u32,
    ) -> Result<Answer, Failed> {
        let asked = self.client.request(&self.hosts, Method::POST, &self.url).map_err(|error| failed(&error))?;
        let asked = asked
            .header("x-api-key", self.key.clone())
            .header("anthropic-version", VERSION)
            .header("x-stainless-retry-count", attempt)
            .header(header::ACCEPT, "application/json")
            .json(&body(model, request, listener.is_some()));
        let bounds = Bounds { idle: self.patience.idle, total: self.patience.total, bytes: LARGEST_ANSWER };
        let opened = tokio::time::timeout(self.patience.idle, self.client.open(asked, bounds)).await;
        let opened = opened.map_err(|_| Failed::passing(ModelError::Late))?.map_err(|error| failed(&error))?;
        if !opened.status.is_success() {
            let should_retry = flag(&opened.headers);
            return Err(Failed::of_status(opened.status.as_u16(), self.later(&opened.headers), should_retry));
        }
        match listener {
            Some(listener) => streamed(opened, listener).await,
            None => whole(opened).await,
        }
    }

    /// `retry-after-ms`, else `Retry-After`.
    fn later(&self, headers: &HeaderMap) -> Option<Duration> {
        let exact = headers.get("retry-after-ms").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        exact.map(Duration::from_millis).or_else(|| retry_after(headers, self.clock.now())?.to_std().ok())
    }
}

/// `x-should-retry`.
fn flag(headers: &HeaderMap) -> Option<bool> {
    headers.get("x-should-retry")?.to_str().ok()?.parse().ok()
}

fn failed(error: &outbound::Error) -> Failed {
    match error {
        outbound::Error::Timeout => Failed::passing(ModelError::Late),
        outbound::Error::Unreached | outbound::Error::Connection => {
            Failed::passing(ModelError::Unavailable { retry_after: None })
        }
        outbound::Error::TooLarge { .. } => Failed::finally(ModelError::Unreadable),
        outbound::Error::Policy(_) | outbound::Error::Request => {
            Failed::finally(ModelError::Unavailable { retry_after: None })
        }
    }
}

async fn whole(mut opened: Streamed) -> Result<Answer, Failed> {
    let mut body = Vec::new();
    while let Some(piece) = opened.piece().await.map_err(|error| failed(&error))? {
        body.extend_from_slice(&piece);
    }
    let message: Message = serde_json::from_slice(&body).map_err(|_| Failed::passing(ModelError::Unreadable))?;
    message.answer()
}

async fn streamed(opened: Streamed, listener: Listener<'_>) -> Result<Answer, Failed> {
    let pieces = stream::unfold(opened, async |mut opened| {
        let piece: Option<Result<Bytes, outbound::Error>> = opened.piece().await.transpose();
        Some((piece?, opened))
    });
    let mut events = std::pin::pin!(SseStream::from_bytes_stream(pieces));
    let mut assembly = Assembly::default();
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| match error {
            sse_stream::Error::Body(body) => match body.downcast_ref::<outbound::Error>() {
                Some(error) => failed(error),
                None => Failed::passing(ModelError::Unavailable { retry_after: None }),
            },
            _ => Failed::passing(ModelError::Unreadable),
        })?;
        let Some(data) = event.data else { continue };
        let event: Event = serde_json::from_str(&data).map_err(|_| Failed::passing(ModelError::Unreadable))?;
        if assembly.take(event, Some(listener))? {
            break;
        }
    }
    assembly.finish()
}
