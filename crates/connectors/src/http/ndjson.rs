//! Answers that are as long as what is kept: a JSON object a line, read a page at a time as the other side takes them.

use crate::{App, flows::export::Exporter, http::Fails};
use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use edge::Problem;
use futures_util::stream;
use http::{
    HeaderMap,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

const TYPE: &str = "application/x-ndjson";
/// Whoever takes no page for so long has gone, whether they say so or not.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is told, a page at a time.
pub trait Pages: Send + 'static {
    /// `None`: that was all.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<Value>>, db::Error>> + Send;
}

/// Whether the caller asks for lines.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(TYPE.as_bytes()))
}

impl Pages for Exporter {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, db::Error> {
        Self::next(self).await
    }
}

/// The last line is `{"end": true}`: where it is missing, the answer broke off and has to be asked for again. Nobody has the
/// database's attention for as long as they read: each page is a statement of its own, and one page waits for being taken.
pub fn answer(app: &Arc<App>, pages: impl Pages) -> Result<Response, Problem> {
    let place = Arc::clone(&app.memory.exports).try_acquire_owned();
    let place = place.map_err(|_| exhausted())?;
    let (lines, taken) = mpsc::channel(1);
    tokio::spawn(tell(pages, lines, place));
    let body = stream::unfold(taken, async |mut taken| Some((taken.recv().await?, taken)));
    let headers = [(CONTENT_TYPE, TYPE), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Too many are told at the moment.
pub struct Exhausted;

impl Fails for Exhausted {
    fn problems() -> Vec<Problem> {
        vec![exhausted()]
    }
}

fn exhausted() -> Problem {
    Problem::overloaded(TimeDelta::seconds(30))
}

fn lines_of(page: &[Value]) -> Bytes {
    let mut text = String::new();
    for line in page {
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text.into()
}

type Told = Result<Bytes, db::Error>;

/// Until all is told, the other side is gone, or takes nothing for too long.
async fn tell(mut pages: impl Pages, lines: mpsc::Sender<Told>, _place: OwnedSemaphorePermit) {
    loop {
        let (told, is_last) = match pages.next().await {
            Ok(Some(page)) => (Ok(lines_of(&page)), false),
            Ok(None) => (Ok(lines_of(&[json!({ "end": true })])), true),
            Err(error) => {
                tracing::warn!(%error, "an export breaks off");
                (Err(error), true)
            }
        };
        let taken = timeout(PATIENCE, lines.send(told)).await;
        if is_last || !matches!(taken, Ok(Ok(()))) {
            return;
        }
    }
}
