//! One who follows what happens, for as long as what they showed holds.

use crate::{
    App,
    feed::Following,
    flows::operator_tokens,
    http::{
        document::Fails,
        doors::{Caller, Who},
    },
};
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use chrono::{DateTime, TimeDelta, Utc};
use edge::Problem;
use futures_util::Stream;
use http::{HeaderValue, StatusCode};
use std::{sync::Arc, time::Duration};

/// Proxies cut connections on which nothing moves for a minute or so.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often an operator token of the database is looked up again.
const RECHECK: TimeDelta = TimeDelta::minutes(1);
/// When to come again where all places are taken.
const TRY_AGAIN: TimeDelta = TimeDelta::seconds(30);

/// Holds one of the tenant's places.
pub(super) struct Follower {
    pub app: Arc<App>,
    pub caller: Caller,
    pub following: Following,
    checked_at: DateTime<Utc>,
}

impl Follower {
    /// Takes a place, if there is one.
    pub(super) fn new(app: Arc<App>, caller: Caller) -> Result<Self, Problem> {
        let following = app.feed.follow(caller.tenant).map_err(|_| too_many())?;
        let checked_at = app.clock.now();
        Ok(Self { app, caller, following, checked_at })
    }

    /// Whether what the caller showed still holds, and the service goes on.
    pub(super) async fn may_go_on(&mut self) -> bool {
        let now = self.app.clock.now();
        if self.following.is_over() || self.caller.until.is_some_and(|until| until <= now) {
            return false;
        }
        let Who::Operator(operator) = &self.caller.who else { return true };
        let Some(token) = operator.token_id.filter(|_| now - self.checked_at >= RECHECK) else { return true };
        self.checked_at = now;
        operator_tokens::still_holds(&self.app, token).await.unwrap_or(false)
    }

    /// Until when to wait for news at most before the caller is looked at again.
    pub(super) fn patience(&self) -> Duration {
        let left = self.caller.until.map(|until| until - self.app.clock.now());
        left.and_then(|left| left.to_std().ok()).map_or(HEARTBEAT, |left| left.min(HEARTBEAT))
    }
}

/// No place for another one.
pub struct TooManyStreams;

impl Fails for TooManyStreams {
    fn problems() -> Vec<Problem> {
        vec![too_many()]
    }
}

fn too_many() -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_STREAMS", "Too many streams")
        .detail("A tenant has at most 20 streams at a time. End one, or try again after the time in Retry-After.")
        .retry_after(TRY_AGAIN)
}

/// The answer that goes on until the events end.
pub(super) fn answer(events: impl Stream<Item = Result<Event, axum::Error>> + Send + 'static) -> Response {
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // Buffers between us and the client would hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
