//! Reading a body that may be too long.

use axum::body::{Body, Bytes};
use futures_util::StreamExt;

/// So much more is read and thrown away: a client that is still sending when it is answered may not hear the answer.
const LEEWAY: usize = 16 * 1024 * 1024;

/// `None`: it is longer than the limit, or broke off.
pub(crate) async fn whole(body: Body, limit: usize) -> Option<Bytes> {
    let mut pieces = body.into_data_stream();
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.ok()?;
        length += piece.len();
        if length <= limit {
            kept.extend_from_slice(&piece);
        } else if length > limit + LEEWAY {
            return None;
        }
    }
    (length <= limit).then(|| Bytes::from(kept))
}
