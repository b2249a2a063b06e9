//! Webhooks on their way out: each signed as its vendor signs, and sent from this one file.

mod rounds;
mod sign;

pub(crate) use rounds::{deliver_all, path_on_base};
pub use sign::{sign_github, sign_linear};

use crate::{account::Vendor, app::App};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Certificate;
use serde::Serialize;
use std::{io, path::Path, time::Duration};

/// As long as GitHub waits, the more patient of the two.
const DEADLINE: Duration = Duration::from_secs(10);
/// How much of the receiver's answer is repeated.
const ANSWER_LIMIT: usize = 64 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum CaError {
    #[error("the certificate authority for deliveries cannot be read")]
    Unreadable(#[from] io::Error),
    #[error("the certificate authority for deliveries has no certificate in its file")]
    Empty,
    #[error("the certificate authority for deliveries cannot be used")]
    Unusable(#[from] reqwest::Error),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    #[error("no webhook base is configured, so nothing can be delivered")]
    NoBase,
    #[error("the path must begin with a slash and stay on the webhook base")]
    Path,
    #[error("a header of the delivery cannot be sent")]
    Header(#[from] axum::http::header::InvalidHeaderValue),
    #[error("the receiver cannot be reached")]
    Unreachable(#[from] reqwest::Error),
}

/// A body that was signed, and the headers that go with it.
pub(crate) struct Letter {
    pub(crate) vendor: Vendor,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Letter {
    pub(crate) fn new(vendor: Vendor, path: String, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Self {
        Self { vendor, path, headers, body }
    }
}

/// What the receiver said.
#[derive(Serialize)]
pub(crate) struct Receipt {
    status: u16,
    body: String,
}

pub(crate) struct Courier(reqwest::Client);

impl Courier {
    #[expect(
        clippy::disallowed_methods,
        reason = "the vendors' side of a webhook: it goes to the developer's own machine, under its own authority, which \
                  the guarded door of the product exists to refuse"
    )]
    pub(crate) fn new(ca_pem_path: Option<&Path>) -> Result<Self, CaError> {
        let trusted = match ca_pem_path {
            Some(path) => Certificate::from_pem_bundle(&std::fs::read(path)?)?,
            None => Vec::new(),
        };
        if ca_pem_path.is_some() && trusted.is_empty() {
            return Err(CaError::Empty);
        }
        let client = reqwest::Client::builder()
            .timeout(DEADLINE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only(trusted)
            .build()?;
        Ok(Self(client))
    }

    pub(crate) async fn send(&self, app: &App, letter: Letter) -> Result<Receipt, DeliveryError> {
        let base = app.config.webhook_base.as_ref().ok_or(DeliveryError::NoBase)?;
        let target = base.join(&letter.path).map_err(|_| DeliveryError::Path)?;
        // A path like `//elsewhere` or a whole address would leave the base.
        if target.origin() != base.origin() || !letter.path.starts_with('/') {
            return Err(DeliveryError::Path);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in letter.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value)?);
        }
        app.dials.of(letter.vendor).counters.deliveries_sent += 1;
        let mut response = self.0.post(target).headers(headers).body(letter.body).send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_LIMIT - body.len())]);
        }
        Ok(Receipt { status: response.status().as_u16(), body: String::from_utf8_lossy(&body).into_owned() })
    }
}
