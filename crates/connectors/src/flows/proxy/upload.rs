//! The caller's body on its way to the vendor.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::sync::{Arc, OnceLock};

/// Of a request's body. APIs that take more (uploads of files) have hosts of their own.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// Up to here a body is kept until the answer has come, so that a call can be repeated with a new token.
pub const SMALL: usize = 64 * 1024;

/// A request's body.
pub enum Upload {
    /// Can be sent twice.
    Whole(Bytes),
    Flowing {
        length: Option<usize>,
        pieces: futures_util::stream::BoxStream<'static, Result<Bytes, UploadError>>,
        watch: Watch,
    },
}

/// Why a body did not get through to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    #[error("the request's body is too large")]
    TooLarge,
    #[error("the request's body broke off")]
    BrokeOff,
}

/// Remembers what went wrong inside a body whose stream has been given away.
#[derive(Clone, Default)]
pub struct Watch(Arc<OnceLock<UploadError>>);

impl Watch {
    pub fn seen(&self) -> Option<UploadError> {
        self.0.get().copied()
    }
}

impl Upload {
    /// `length`: as announced, if it was.
    pub async fn of<E>(
        length: Option<usize>,
        pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Result<Self, UploadError> {
        if length.is_some_and(|length| length > LARGEST) {
            return Err(UploadError::TooLarge);
        }
        let watch = Watch::default();
        let pieces = bounded(pieces, watch.clone());
        if length.is_none_or(|length| length > SMALL) {
            return Ok(Self::Flowing { length, pieces: pieces.boxed(), watch });
        }
        let mut pieces = std::pin::pin!(pieces);
        let mut whole = Vec::new();
        while let Some(piece) = pieces.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok(Self::Whole(whole.into()))
    }
}

/// The same pieces up to the bound, which counts what comes and believes no announcement.
fn bounded<E>(
    pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    watch: Watch,
) -> impl Stream<Item = Result<Bytes, UploadError>> + Send + 'static {
    let mut left = LARGEST;
    pieces.map(move |piece| {
        let outcome = piece.map_err(|_| UploadError::BrokeOff).and_then(|piece| {
            left = left.checked_sub(piece.len()).ok_or(UploadError::TooLarge)?;
            Ok(piece)
        });
        outcome.inspect_err(|error| {
            // The first one is the reason; there is none after it.
            let _ = watch.0.set(*error);
        })
    })
}
