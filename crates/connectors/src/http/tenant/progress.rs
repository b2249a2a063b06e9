//! Streams as they are being fetched.

use super::{
    follower::{Follower, answer},
    streams::views,
};
use axum::response::{Response, sse::Event};
use db::streams::{self, Asked, Standing};
use futures_util::stream;
use kernel::ConnectionId;
use serde_json::json;
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// How often it is looked how far they are, while somebody watches. A row a stream; to have each page of every run tell of itself
/// would cost those that nobody watches.
const GLANCE: Duration = Duration::from_millis(500);

/// Follows these streams of a connection until what was asked of them is done: `progress` whenever one has moved, `done` when a
/// run of it that began after the question has ended, well or not, and `end` behind the last one.
pub(super) fn follow(follower: Follower, provider: String, connection: ConnectionId, asked: Vec<Asked>) -> Response {
    let open = asked.into_iter().map(|asked| (asked.name, asked.pushes)).collect();
    let watch =
        Watch { follower, provider, connection, open, seen: BTreeMap::new(), events: VecDeque::new(), ended: false };
    answer(stream::unfold(watch, async |mut watch| Some((watch.next().await?, watch))))
}

struct Watch {
    follower: Follower,
    provider: String,
    connection: ConnectionId,
    /// Those whose run has not ended, and what `answered` has to come to.
    open: BTreeMap<String, i64>,
    /// What was sent last of each.
    seen: BTreeMap<String, Standing>,
    events: VecDeque<Result<Event, axum::Error>>,
    ended: bool,
}

impl Watch {
    /// `None`: the stream ends.
    async fn next(&mut self) -> Option<Result<Event, axum::Error>> {
        let mut is_first = self.seen.is_empty();
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.ended || !self.follower.may_go_on().await {
                return None;
            }
            if !std::mem::take(&mut is_first) {
                tokio::time::sleep(GLANCE.min(self.follower.patience())).await;
            }
            self.look().await.inspect_err(|error| tracing::warn!(%error, "a stream ends")).ok()?;
        }
    }

    async fn look(&mut self) -> Result<(), db::Error> {
        let app = &self.follower.app;
        let standing = streams::of(&app.pool, self.follower.caller.tenant, self.connection).await?;
        let mut left = BTreeMap::new();
        for one in standing {
            let Some(pushes) = self.open.remove(&one.name) else { continue };
            let is_done = one.answered >= pushes;
            if is_done || self.seen.get(&one.name).is_none_or(|seen| has_moved(seen, &one)) {
                let view = views(app, &self.provider, vec![one.clone()]).pop();
                let event = Event::default().event(if is_done { "done" } else { "progress" });
                self.events.push_back(event.json_data(view));
            }
            if !is_done {
                left.insert(one.name.clone(), pushes);
            }
            self.seen.insert(one.name.clone(), one);
        }
        // A stream that is not there any more went with its connection or scope.
        self.open = left;
        if self.open.is_empty() {
            self.ended = true;
            self.events.push_back(Event::default().event("end").json_data(json!({})));
        }
        Ok(())
    }
}

fn has_moved(before: &Standing, now: &Standing) -> bool {
    (before.pages, before.cursor_at, &before.phase, before.claimed_until.is_some(), &before.trouble)
        != (now.pages, now.cursor_at, &now.phase, now.claimed_until.is_some(), &now.trouble)
}
