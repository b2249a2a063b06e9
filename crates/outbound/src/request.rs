//! A request whose address has passed the host policy: there is no other way to one, and nothing else can be sent.

use crate::Error;
use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::meters;
use reqwest::{Body, RequestBuilder, Response};
use serde::Serialize;
use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};

/// Made by [`crate::Client::request`], sent by [`crate::Client::send`] or [`crate::Client::open`].
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    pub(crate) builder: RequestBuilder,
    /// Whose call it is, for the metrics.
    pub(crate) provider: Arc<str>,
}

impl Request {
    fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { builder: change(self.builder), provider: self.provider }
    }

    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K, Error: Into<http::Error>>,
        HeaderValue: TryFrom<V, Error: Into<http::Error>>,
    {
        self.with(|builder| builder.header(name, value))
    }

    pub fn headers(self, headers: HeaderMap) -> Self {
        self.with(|builder| builder.headers(headers))
    }

    pub fn bearer_auth(self, token: impl Display) -> Self {
        self.with(|builder| builder.bearer_auth(token))
    }

    pub fn basic_auth(self, user: impl Display, password: Option<impl Display>) -> Self {
        self.with(|builder| builder.basic_auth(user, password))
    }

    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|builder| builder.body(body))
    }

    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.with(|builder| builder.json(body))
    }

    pub fn form(self, pairs: &(impl Serialize + ?Sized)) -> Self {
        self.with(|builder| builder.form(pairs))
    }

    /// The whole exchange, instead of the client's patience.
    pub fn timeout(self, patience: Duration) -> Self {
        self.with(|builder| builder.timeout(patience))
    }

    /// Sends, and counts how that went.
    pub(crate) async fn dispatch(self) -> Result<Response, Error> {
        let (begun, provider) = (Instant::now(), self.provider.to_string());
        let outcome = self.builder.send().await;
        let word = match &outcome {
            Ok(response) => match response.status().as_u16() {
                429 => "429",
                200..=299 => "2xx",
                300..=399 => "3xx",
                400..=499 => "4xx",
                _ => "5xx",
            },
            Err(_) => "failed",
        };
        metrics::counter!(meters::OUTBOUND.name, "provider" => provider.clone(), "outcome" => word).increment(1);
        metrics::histogram!(meters::OUTBOUND_DURATION.name, "provider" => provider).record(begun.elapsed());
        outcome.map_err(|error| Error::of(&error))
    }
}
