//! One attempt, and what follows from it.

use super::keys::{Keys, KeysError};
use crate::{App, http::SignalView};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    signals,
    subscriptions::{self, Claimed, Failed},
};
use http::{Method, StatusCode, header::CONTENT_TYPE};
use kernel::{TenantId, sha256};
use outbound::Bounds;
use rand::RngExt;
use serde::Serialize;
use std::time::Duration;
use uuid::Uuid;

/// What the other side may take for its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Of an answer, which is not looked at: read so that the connection can be used again, and dropped beyond this.
const ANSWER: usize = 16 * 1024;
/// Between the attempts (Standard Webhooks): about three days in all.
const PAUSES: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(20),
];

/// Why the other side has not got it.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("the signal is no longer kept")]
    Forgotten,
    #[error("{0}")]
    Target(#[from] super::target::TargetError),
    #[error("{0}")]
    Keys(#[from] KeysError),
    #[error("{0}")]
    Call(#[from] outbound::Error),
    #[error("the signal cannot be written as JSON")]
    Form,
    #[error("the answer was {}", status.as_u16())]
    Answer { status: StatusCode, retry_after: Option<TimeDelta> },
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// As Standard Webhooks advises: what happened, when, and everything about it.
#[derive(Serialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    timestamp: DateTime<Utc>,
    data: SignalView,
}

/// Under which the other side knows it, however often it is sent.
pub fn message_id(subscription: Uuid, signal: Uuid) -> String {
    let digest = sha256([subscription.into_bytes(), signal.into_bytes()].concat());
    format!("msg_{}", hex::encode(&digest[..16]))
}

/// Sends, outside of any transaction, and notes how it went.
pub(super) async fn send(app: &App, sender: Uuid, claimed: &Claimed) -> Result<(), db::Error> {
    let error = match attempt(app, claimed).await {
        Ok(()) => return subscriptions::succeed(&app.pool, sender, claimed, app.clock.now()).await,
        Err(error) => error,
    };
    let now = app.clock.now();
    let gone = matches!(error, SendError::Answer { status: StatusCode::GONE, .. });
    let pause = pause(claimed.attempts, &error);
    let (text, patience) = (error.to_string(), now - PAUSES.iter().sum::<TimeDelta>());
    // Who is gone is asked nothing more; what waits for them waits for the day they come back.
    let retry_at = if gone { Some(now) } else { pause.map(|pause| now + pause) };
    let failed = Failed { error: &text, retry_at, gone, patience };
    if subscriptions::fail(&app.pool, sender, claimed, &failed, now).await? {
        tracing::warn!(subscription = %claimed.subscription_id, tenant = %claimed.tenant_id, "a subscription is disabled");
    }
    Ok(())
}

/// `None`: that was the last attempt. What cannot be sent at all is not tried again.
fn pause(attempts: i32, error: &SendError) -> Option<TimeDelta> {
    if matches!(error, SendError::Forgotten) {
        return None;
    }
    let nth = usize::try_from(attempts).unwrap_or_default().saturating_sub(1);
    let pause = *PAUSES.get(nth)?;
    let jitter = TimeDelta::milliseconds(rand::rng().random_range(0..=pause.num_milliseconds() / 10));
    let asked = match error {
        SendError::Answer { retry_after, .. } => *retry_after,
        _ => None,
    };
    Some((pause + jitter).max(asked.unwrap_or_default()))
}

async fn attempt(app: &App, claimed: &Claimed) -> Result<(), SendError> {
    let tenant = TenantId::from_uuid(claimed.tenant_id);
    let (url, policy) = app.config.receivers.allow(&claimed.url)?;
    let keys = Keys::open(&app.vault, tenant, claimed.subscription_id, claimed.sealed.clone())?;
    let signal = signals::at(&app.pool, tenant, claimed.position, claimed.occurred_at).await?;
    let signal = signal.ok_or(SendError::Forgotten)?;
    let (kind, timestamp) = (signal.kind.clone(), signal.occurred_at);
    let message = Message { kind, timestamp, data: signal.into() };
    let body = serde_json::to_string(&message).map_err(|_| SendError::Form)?;
    let (id, now) = (message_id(claimed.subscription_id, claimed.signal_id), app.clock.now());
    let signature = keys.sign(&id, now, &body)?;
    let request = app
        .client
        .request(&policy, Method::POST, &url)?
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.timestamp())
        .header("webhook-signature", signature)
        .body(body);
    let bounds = Bounds { idle: PATIENCE, total: PATIENCE, bytes: usize::MAX };
    let mut answer = app.client.open(request, bounds).await?;
    let (status, retry_after) = (answer.status, outbound::retry_after(&answer.headers, now));
    let mut read = 0;
    while read <= ANSWER
        && let Ok(Some(piece)) = answer.piece().await
    {
        read += piece.len();
    }
    if status.is_success() { Ok(()) } else { Err(SendError::Answer { status, retry_after }) }
}
