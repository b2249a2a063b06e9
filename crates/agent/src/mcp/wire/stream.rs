//! A body of events, as `rmcp` wants it, read in pieces and overheard on its way.

use super::{Ear, Fault, Line};
use futures_util::{StreamExt, stream, stream::BoxStream};
use outbound::Streamed;
use rmcp::transport::streamable_http_client::SseError;
use sse_stream::{Sse, SseStream};
use std::sync::Arc;

/// Of any server: the list that we have read is not its list any more.
const CHANGED: &str = "notifications/tools/list_changed";

/// How many bytes there may be, in one event or in all, the answer's bounds say.
pub(super) fn events(answer: Streamed, line: Option<Line>, ear: Arc<Ear>) -> BoxStream<'static, Result<Sse, SseError>> {
    let heard = line.clone();
    let pieces = stream::unfold(Some((answer, line)), |open| async {
        let (mut answer, line) = open?;
        match answer.piece().await {
            Ok(None) => None,
            Ok(Some(piece)) => Some((Ok(piece), Some((answer, line)))),
            Err(error) => {
                let fault = Fault::from(error);
                if let Some(line) = line {
                    line.broke(fault.clone());
                }
                Some((Err(fault), None))
            }
        }
    });
    let events = SseStream::from_bytes_stream(Box::pin(pieces)).inspect(move |event| {
        let Some(data) = event.as_ref().ok().and_then(|event| event.data.as_deref()) else { return };
        if data.contains(CHANGED) {
            ear.change();
        }
        if let Some(line) = &heard {
            line.hear(data);
        }
    });
    events.boxed()
}
