//! The Anthropic Messages API, version 2023-06-01.
//!
//! Two clients stand behind one door. `anthropic-sdk-rs` makes the first attempt of every request to an API at the root of its host. It
//! drops the path of a gateway's address, and of a refused request it keeps no header, so that nobody could know when to come back:
//! gateways, and every attempt after the first, are served by a small client of our own, which sees both.

mod assemble;
mod body;
mod own;
mod patience;
mod sdk;

pub use patience::Patience;

use super::{Answer, Listener, Model, ModelError, Piece, Request};
use futures_util::future::BoxFuture;
use kernel::{Clock, Secret};
use own::Own;
use patience::pause;
use sdk::Sdk;
use std::sync::atomic::{AtomicBool, Ordering};
use url::Url;

/// Attempts beyond the first, as the vendor's own clients make.
const RETRIES: u32 = 2;

/// A model of this API.
pub struct Anthropic {
    sdk: Option<Sdk>,
    own: Own,
    model: String,
    patience: Patience,
}

/// The settings name no API that can be called.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the address may not be called")]
    Address(#[from] outbound::PolicyError),
    #[error("the key is no header value")]
    Key,
    #[error("the SDK's client cannot be made")]
    Sdk,
}

/// What came of one attempt: the failure, and whether another one may help.
struct Failed {
    error: ModelError,
    again: bool,
}

impl Failed {
    fn finally(error: ModelError) -> Self {
        Self { error, again: false }
    }

    fn passing(error: ModelError) -> Self {
        Self { error, again: true }
    }

    /// What a status means (and `x-should-retry`, which has the last word).
    fn of_status(status: u16, retry_after: Option<std::time::Duration>, should_retry: Option<bool>) -> Self {
        let (error, again) = match status {
            401..=403 => (ModelError::Credentials { status }, false),
            429 | 529 => (ModelError::Busy { status, retry_after }, true),
            408 | 409 | 500.. => (ModelError::Unavailable { retry_after }, true),
            _ => (ModelError::Refused { status }, false),
        };
        Self { error, again: should_retry.unwrap_or(again) }
    }
}

impl Anthropic {
    /// `base` is what `/v1/messages` is appended to.
    pub fn new(
        client: outbound::Client,
        clock: Clock,
        base: &Url,
        key: &Secret,
        model: String,
        patience: Patience,
    ) -> Result<Self, SettingsError> {
        // A gateway's path would be lost.
        let is_at_root = base.path() == "/" && base.query().is_none();
        let sdk = if is_at_root { Some(Sdk::new(base, key, patience)?) } else { None };
        Ok(Self { sdk, own: Own::new(client, clock, base, key, patience)?, model, patience })
    }

    async fn ask(&self, request: &Request<'_>, listener: Option<Listener<'_>>) -> Result<Answer, ModelError> {
        let mut attempt = 0;
        loop {
            let told = AtomicBool::new(false);
            let tell = |piece: Piece| {
                told.store(true, Ordering::Relaxed);
                if let Some(listener) = listener {
                    listener(piece);
                }
            };
            let heard: Option<Listener<'_>> = listener.map(|_| &tell as Listener<'_>);
            let asking = async {
                match &self.sdk {
                    Some(sdk) if attempt == 0 => sdk.ask(&self.model, request, heard).await,
                    _ => self.own.ask(&self.model, request, heard, attempt).await,
                }
            };
            let end = request.deadline.min(tokio::time::Instant::now() + self.patience.total);
            let tried = tokio::time::timeout_at(end, asking).await;
            let Failed { error, again } = match tried {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => failed,
                Err(_) => Failed::passing(ModelError::Late),
            };
            let Some(pause) =
                again.then(|| pause(self.patience.backoff, attempt, &error)).flatten().filter(|_| attempt < RETRIES)
            else {
                return Err(error);
            };
            if tokio::time::Instant::now() + pause >= request.deadline {
                return Err(error);
            }
            tracing::warn!(%error, attempt, "the model is asked again");
            if told.into_inner()
                && let Some(listener) = listener
            {
                listener(Piece::Again);
            }
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}

impl Model for Anthropic {
    fn create<'a>(&'a self, request: &'a Request<'a>) -> BoxFuture<'a, Result<Answer, ModelError>> {
        Box::pin(self.ask(request, None))
    }

    fn stream<'a>(
        &'a self,
        request: &'a Request<'a>,
        listener: Listener<'a>,
    ) -> BoxFuture<'a, Result<Answer, ModelError>> {
        Box::pin(self.ask(request, Some(listener)))
    }
}
