//! Server-sent events, in pieces that break where it must not matter: inside letters, and inside the end of an event.

use crate::{
    app::App,
    dials::{Ongoing, SharedDial},
};
use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::Value;
use std::{io, time::Duration, vec};

/// As long as a piece gets where nothing awkward comes before.
const PIECE: usize = 61;
const PING_EVERY: Duration = Duration::from_millis(100);
/// Time for what was written to leave before the connection breaks: what breaks off must have begun.
const BEFORE_A_CUT: Duration = Duration::from_millis(20);

pub(crate) fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// What comes behind the events.
pub(crate) enum End {
    Done,
    /// The connection breaks.
    Cut,
    /// Nothing more, and the connection stays.
    Stall,
    /// The same text again and again, until the client has gone.
    Again(String),
}

/// Breaks behind the first byte of each letter outside ASCII, and between the two line ends that end an event.
fn pieces(text: &str) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    for byte in text.bytes() {
        piece.push(byte);
        if byte >= 0xC0 || byte == b'\n' || piece.len() >= PIECE {
            pieces.push(Bytes::from(std::mem::take(&mut piece)));
        }
    }
    if !piece.is_empty() {
        pieces.push(Bytes::from(piece));
    }
    pieces
}

struct Going {
    app: App,
    pieces: vec::IntoIter<Bytes>,
    end: End,
    _counted: Ongoing,
}

/// Counted as an open stream of the dial while it goes on.
pub(crate) fn response(app: &App, dial: &SharedDial, text: &str, end: End) -> Response {
    let (app, pieces) = (app.clone(), pieces(text).into_iter());
    let going = Going { app, pieces, end, _counted: Ongoing::new(dial) };
    let body = stream::unfold(going, |mut going| async move {
        if let Some(piece) = going.pieces.next() {
            return Some((Ok(piece), going));
        }
        match &going.end {
            End::Done => None,
            End::Cut => {
                tokio::time::sleep(BEFORE_A_CUT).await;
                Some((Err(io::Error::other("the sandbox was asked to break off")), going))
            }
            End::Stall => {
                going.app.shutdown.cancelled().await;
                None
            }
            End::Again(text) => {
                let piece = Bytes::from(text.clone());
                tokio::select! {
                    () = tokio::time::sleep(PING_EVERY) => Some((Ok(piece), going)),
                    () = going.app.shutdown.cancelled() => None,
                }
            }
        }
    });
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8"), (header::CACHE_CONTROL, "no-cache, no-transform")];
    (headers, Body::from_stream(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of it comes, a letter outside ASCII in two pieces, and the end of an event too.
    #[test]
    fn pieces_break_at_awkward_places() {
        let text = event("message", &Value::from("é"));
        let pieces = pieces(&text);
        assert_eq!(pieces.concat(), text.as_bytes());
        assert!(pieces.iter().any(|piece| std::str::from_utf8(piece).is_err()));
        assert_eq!(pieces.last().map(|piece| &piece[..]), Some(b"\n".as_slice()));
    }
}
