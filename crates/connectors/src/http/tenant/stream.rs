//! Signals as they come.

use super::{
    follower::{Follower, TooManyStreams, answer},
    signals::{SignalView, Wanted, wanted},
};
use crate::{
    App,
    http::{
        document::{Refuses, schemas},
        doors::Caller,
        query::ApiQuery,
    },
    problem::database,
};
use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use db::signals::{self, Fed};
use edge::Problem;
use futures_util::stream;
use http::HeaderMap;
use serde::Deserialize;
use std::{collections::VecDeque, sync::Arc};
use utoipa::IntoParams;

/// Signals that are read at once: all that is held of what the other side has not taken yet.
const PAGE: usize = 100;
/// Which signals. All conditions must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Only of this provider.
    #[param(inline, value_type = Option<schemas::Slug>)]
    provider: Option<String>,
    /// Only of this connection.
    #[param(inline, value_type = Option<schemas::Id>)]
    connection_id: Option<String>,
    /// Only of this kind.
    #[param(inline, value_type = Option<schemas::SignalKindWord>)]
    kind: Option<String>,
    /// As `Last-Event-ID`, which wins, for clients that cannot set headers.
    #[param(inline, value_type = Option<schemas::Position>)]
    after: Option<String>,
    /// Whether to send the vendor's payloads along.
    #[param(inline, value_type = Option<schemas::YesOrNo>)]
    include_payload: Option<String>,
}

/// Sends the tenant's signals as they come.
///
/// Sends the tenant's signals as they come, in the order in which they were written, as server-sent events: `id` is the
/// signal's place in that order, `event` its kind, `data` a SignalView. With the header `Last-Event-ID` it goes on behind that
/// place, and neither skips nor repeats; without it it begins now. At most 20 streams a tenant. It ends when the credential
/// does: connect again, with the last id.
#[utoipa::path(
    get, path = "/signals/stream", operation_id = "followSignals",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<i64>, Header, description = "The `id` of the last event that was seen."),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = SignalView),
        Refuses<TooManyStreams>,
    )
)]
pub async fn stream(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<StreamQuery>,
) -> Result<Response, Problem> {
    let StreamQuery { provider, connection_id, kind, after, include_payload } = query;
    let wanted = wanted(&app, &caller, provider, connection_id, kind, include_payload.as_deref())?;
    let named = match headers.get("last-event-id") {
        Some(id) => Some(("#/Last-Event-ID", id.to_str().unwrap_or_default().to_owned())),
        None => after.map(|id| ("#/after", id)),
    };
    let named = match named {
        Some((pointer, id)) => Some(place(pointer, &id)?),
        None => None,
    };
    let follower = Follower::new(app, caller)?;
    // Asked after following has begun, so that nothing falls between the two.
    let last = signals::last_position(&follower.app.pool, follower.caller.tenant).await.map_err(database)?;
    let position = named.map_or(last, |named| named.min(last));
    let reader = Reader { follower, wanted, position, page: VecDeque::new(), behind: true };
    Ok(answer(stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader)))))
}

fn place(pointer: &'static str, id: &str) -> Result<i64, Problem> {
    let place = id.parse().ok().filter(|place| *place >= 0);
    place.ok_or_else(|| Problem::invalid(pointer, "must be the id of an event of this stream"))
}

/// One stream: reads a page, hands it out piece by piece as the other side takes it, and only then reads on.
struct Reader {
    follower: Follower,
    wanted: Wanted,
    position: i64,
    page: VecDeque<Fed>,
    /// Whether there may be more to read than has been.
    behind: bool,
}

impl Reader {
    /// The next event; `None`: the stream ends. A database that fails ends it too: the client comes back with its last id.
    async fn next(&mut self) -> Option<Result<Event, axum::Error>> {
        loop {
            if !self.follower.may_go_on().await {
                return None;
            }
            if let Some(Fed { position, signal }) = self.page.pop_front() {
                let event = Event::default().id(position.to_string()).event(signal.kind.clone());
                return Some(event.json_data(SignalView::from(signal)));
            }
            if self.behind {
                self.read().await.inspect_err(|error| tracing::warn!(%error, "a stream ends")).ok()?;
            } else {
                let patience = self.follower.patience();
                tokio::select! {
                    goes_on = self.follower.following.news() => self.behind = goes_on,
                    () = tokio::time::sleep(patience) => {}
                }
            }
        }
    }

    /// What has been committed up to now is looked through once, also where the filter wants nothing of it.
    async fn read(&mut self) -> Result<(), db::Error> {
        let _turn = self.follower.following.turn().await;
        let Wanted { filter, payloads } = &self.wanted;
        let (pool, tenant) = (&self.follower.app.pool, self.follower.caller.tenant);
        let last = signals::last_position(pool, tenant).await?;
        let range = (self.position, last);
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let page = signals::after(pool, tenant, range, filter, *payloads, limit).await?;
        self.behind = page.len() == PAGE;
        self.position = page.last().filter(|_| self.behind).map_or(last.max(self.position), |fed| fed.position);
        self.page = page.into();
        Ok(())
    }
}
