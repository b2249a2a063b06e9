//! Bodies and answers that pass through piece by piece, none of them kept whole.

use crate::{Client, Error, Request};
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, StatusCode};
use reqwest::Body;
use std::time::Duration;

/// How much and how long one exchange may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Between two pieces of the answer. Until its head is there, the caller counts the time: it knows since when.
    pub idle: Duration,
    /// The whole exchange, whatever the pace.
    pub total: Duration,
    /// Of the answer, after decompression.
    pub bytes: usize,
}

/// An answer whose body has not been read. Dropping it ends the exchange at the other side too.
pub struct Streamed {
    pub status: StatusCode,
    pub headers: HeaderMap,
    response: reqwest::Response,
    left: usize,
    bounds: Bounds,
}

impl Client {
    /// Sends, and answers when the head of the answer is there. Any status is an answer; redirects are not followed.
    pub async fn open(&self, request: Request, bounds: Bounds) -> Result<Streamed, Error> {
        let response = request.timeout(bounds.total).dispatch().await?;
        if let Some(ear) = &self.ear {
            ear.hear(response.url(), response.status(), response.headers());
        }
        if response.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|it| it > bounds.bytes)) {
            return Err(Error::TooLarge { limit: bounds.bytes });
        }
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Streamed { status, headers, response, left: bounds.bytes, bounds })
    }
}

impl Streamed {
    /// The next piece; `None` at the end. An answer that ends before its announced length is [`Error::Connection`].
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        let read = tokio::time::timeout(self.bounds.idle, self.response.chunk()).await;
        let piece = read.map_err(|_| Error::Timeout)?.map_err(|error| Error::of(&error))?;
        if let Some(piece) = &piece {
            let limit = self.bounds.bytes;
            self.left = self.left.checked_sub(piece.len()).ok_or(Error::TooLarge { limit })?;
        }
        Ok(piece)
    }
}

/// A body that is sent as its pieces come. When one of them is an error the exchange is broken off.
pub fn flowing<E>(pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Body
where
    E: std::error::Error + Send + Sync + 'static,
{
    Body::wrap_stream(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HostPolicy;
    use axum::{Router, routing::get};
    use futures_util::{StreamExt, stream};
    use http::Method;
    use std::convert::Infallible;

    const BOUNDS: Bounds =
        Bounds { idle: Duration::from_millis(200), total: Duration::from_secs(5), bytes: 1024 * 1024 };

    /// What a server with this answer brings, up to the end or the first error.
    async fn fetch<F>(body: fn() -> F) -> Result<usize, Error>
    where
        F: Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
    {
        let router = Router::new().route("/", get(async move || axum::body::Body::from_stream(body())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::new("test").unwrap();
        let policy = HostPolicy::allow([base.as_str()]).unwrap();
        let request = client.request(&policy, Method::GET, &base.parse().unwrap()).unwrap();
        let mut answer = client.open(request, BOUNDS).await?;
        let mut read = 0;
        while let Some(piece) = answer.piece().await? {
            read += piece.len();
        }
        Ok(read)
    }

    fn pieces(count: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::iter((0..count).map(|_| Ok(Bytes::from_static(&[b'x'; 1024]))))
    }

    /// The bound is met exactly, and one piece more is too many although no length was announced.
    #[tokio::test]
    async fn the_bound_counts_what_comes() {
        assert_eq!(fetch(|| pieces(1024)).await.unwrap(), 1024 * 1024);
        assert!(matches!(fetch(|| pieces(1025)).await, Err(Error::TooLarge { limit: 1_048_576 })));
    }

    /// A vendor that falls silent in the middle is given up.
    #[tokio::test]
    async fn silence_ends_it() {
        assert!(matches!(fetch(|| pieces(3).chain(stream::pending())).await, Err(Error::Timeout)));
    }
}
