//! `anthropic-sdk-rs`, of which only `create` and `create_stream` are used. Its time-out ends with the head of an answer, so that ours is
//! round all of it (`Anthropic::ask`) and between the events; its own retries are off; its `Debug` would print the key, so that nothing
//! here has one.

use super::{
    Failed, Patience, SettingsError,
    assemble::{Assembly, Delta, Ended, Event, Message, Started, Tokens, status_of},
    body::body,
};
use crate::model::{Answer, Listener, ModelError, Request};
use anthropic_sdk::{
    Anthropic, ClientOptions, Error, HttpApiError, RequestOptions,
    types::messages::{MessageCreateParams, RawContentBlockDelta, RawMessageStreamEvent},
};
use futures_util::StreamExt;
use http::HeaderMap;
use kernel::Secret;
use serde_json::{Value, json};
use url::Url;

pub(super) struct Sdk {
    client: Anthropic,
    patience: Patience,
}

impl Sdk {
    pub(super) fn new(base: &Url, key: &Secret, patience: Patience) -> Result<Self, SettingsError> {
        let client = Anthropic::new(ClientOptions {
            api_key: Some(key.expose().clone()),
            auth_token: None,
            base_url: Some(base.as_str().to_owned()),
            // Said, because the SDK refuses long answers where it is not.
            timeout: Some(patience.total),
            max_retries: Some(0),
            default_headers: HeaderMap::new(),
        })
        .map_err(|_| SettingsError::Sdk)?;
        Ok(Self { client, patience })
    }

    pub(super) async fn ask(
        &self,
        model: &str,
        request: &Request<'_>,
        listener: Option<Listener<'_>>,
    ) -> Result<Answer, Failed> {
        let params: MessageCreateParams = serde_json::from_value(body(model, request, false))
            .map_err(|_| Failed::finally(ModelError::Refused { status: 400 }))?;
        match listener {
            None => {
                let message = self.client.messages.create(params, None).await.map_err(failed)?;
                let message = json!({
                    "content": message.content, "stop_reason": message.stop_reason, "usage": message.usage,
                });
                let message: Message =
                    serde_json::from_value(message).map_err(|_| Failed::passing(ModelError::Unreadable))?;
                message.answer()
            }
            Some(listener) => self.streamed(params, listener).await,
        }
    }

    async fn streamed(&self, params: MessageCreateParams, listener: Listener<'_>) -> Result<Answer, Failed> {
        let options = RequestOptions { timeout: Some(self.patience.idle), ..RequestOptions::default() };
        let mut events = self.client.messages.create_stream(params, Some(options)).await.map_err(failed)?;
        let mut assembly = Assembly::default();
        loop {
            let next = tokio::time::timeout(self.patience.idle, events.next()).await;
            match next.map_err(|_| Failed::passing(ModelError::Late))? {
                Some(event) => {
                    if assembly.take(translated(event.map_err(failed)?), Some(listener))? {
                        break;
                    }
                }
                None => break,
            }
        }
        assembly.finish()
    }
}

/// The SDK's words in ours.
fn translated(event: RawMessageStreamEvent) -> Event {
    match event {
        RawMessageStreamEvent::MessageStart { message } => {
            Event::MessageStart { message: Started { usage: tokens(message.usage) } }
        }
        RawMessageStreamEvent::MessageDelta { delta, usage } => Event::MessageDelta {
            delta: Ended { stop_reason: delta.stop_reason },
            usage: Tokens {
                input: usage.input_tokens,
                output: Some(usage.output_tokens),
                cache_write: usage.cache_creation_input_tokens,
                cache_read: usage.cache_read_input_tokens,
            },
        },
        RawMessageStreamEvent::MessageStop => Event::MessageStop,
        RawMessageStreamEvent::ContentBlockStart { index, content_block } => {
            Event::ContentBlockStart { index, content_block }
        }
        RawMessageStreamEvent::ContentBlockDelta { index, delta } => {
            let delta = match delta {
                RawContentBlockDelta::TextDelta { text } => Delta::TextDelta { text },
                RawContentBlockDelta::ThinkingDelta { thinking } => Delta::ThinkingDelta { thinking },
                RawContentBlockDelta::SignatureDelta { signature } => Delta::SignatureDelta { signature },
                RawContentBlockDelta::InputJsonDelta { partial_json } => Delta::InputJsonDelta { partial_json },
                RawContentBlockDelta::CitationsDelta { .. } | RawContentBlockDelta::Unknown => Delta::Unknown,
            };
            Event::ContentBlockDelta { index, delta }
        }
        RawMessageStreamEvent::ContentBlockStop { .. } => Event::Unknown,
    }
}

fn tokens(usage: Value) -> Tokens {
    serde_json::from_value(usage).unwrap_or_default()
}

fn failed(error: Error) -> Failed {
    let refused = match error {
        Error::Http(
            HttpApiError::BadRequest(refused)
            | HttpApiError::Authentication(refused)
            | HttpApiError::PermissionDenied(refused)
            | HttpApiError::NotFound(refused)
            | HttpApiError::Conflict(refused)
            | HttpApiError::UnprocessableEntity(refused)
            | HttpApiError::RateLimit(refused)
            | HttpApiError::InternalServer(refused)
            | HttpApiError::Other(refused),
        ) => refused,
        Error::Timeout => return Failed::passing(ModelError::Late),
        Error::Transport(_) | Error::Aborted => {
            return Failed::passing(ModelError::Unavailable { retry_after: None });
        }
        Error::Json(_) | Error::InvalidSse(_) | Error::InvalidJsonl(_) => {
            return Failed::passing(ModelError::Unreadable);
        }
        Error::AuthMissing | Error::InvalidHeaderValue(_) | Error::Url(_) | Error::Internal(_) => {
            return Failed::finally(ModelError::Refused { status: 400 });
        }
    };
    // An error in the middle of a stream has no status of its own.
    let status = refused.status.map_or_else(
        || status_of(refused.body.as_ref().and_then(|body| body["error"]["type"].as_str()).unwrap_or_default()),
        |status| status.as_u16(),
    );
    Failed::of_status(status, None, None)
}
