//! Webhooks on their way out: each signed as its vendor signs, and sent from this one file.

mod outbox;
mod rounds;
mod sign;

pub(crate) use outbox::{Outbox, Outcome, Sent};
pub(crate) use rounds::deliver_all;
pub(crate) use sign::sign_jira_token;
pub use sign::{sign_github, sign_linear, sign_slack};

use crate::{account::Vendor, app::App};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::TimeDelta;
use reqwest::Certificate;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{io, path::Path, time::Duration};
use url::{Position, Url};

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
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) vendor: Vendor,
    /// Below the webhook base; it may have a query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether somebody on the way changes the body. What it says stays the same, so only the signature can tell.
    pub(crate) tampered: bool,
    /// Whether the same was sent before and somebody asked for it again.
    pub(crate) redelivery: bool,
}

impl Letter {
    pub(crate) fn new(vendor: Vendor, path: String, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Self {
        Self { vendor, path, headers, body, tampered: false, redelivery: false }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(each, _)| *each == name).map_or("", |(_, value)| value.as_str())
    }

    /// As it arrives when somebody tampers with it: a blank more where the body is JSON, an empty pair more where it is a
    /// form. A token, which does not sign the body, loses its own signature.
    fn arriving(&self) -> (Vec<(&'static str, String)>, Vec<u8>) {
        let (mut headers, mut body) = (self.headers.clone(), self.body.clone());
        if self.tampered {
            match headers.iter_mut().find(|(name, _)| *name == "authorization") {
                Some((_, token)) => token.truncate(token.rfind('.').map_or(0, |dot| dot + 1)),
                None => body.push(if self.header("content-type") == FORM { b'&' } else { b' ' }),
            }
        }
        (headers, body)
    }
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// What a registered hook is to be sent.
pub(crate) struct Parcel {
    /// As the vendor names it: `issues`, `Issue`, `jira:issue_updated`.
    pub(crate) event: String,
    pub(crate) payload: Box<RawValue>,
    pub(crate) delivery_id: Option<String>,
    /// How far what dates the delivery is from now, where something does.
    pub(crate) offset: TimeDelta,
    /// The number of the retry, where a header tells.
    pub(crate) retry: Option<u32>,
}

/// The part of a hook's address that is kept, if deliveries may go there: it is on the webhook base, or where the app's
/// callbacks are, which is the same receiver under its public name. Whatever it is, the courier goes to the base.
pub(crate) fn path_on_base(app: &App, vendor: Vendor, address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_base = app.config.webhook_base.as_ref().is_some_and(|base| base.origin() == url.origin());
    (is_plain && (is_base || app.is_called_back_at(vendor, &url))).then(|| url[Position::BeforePath..].to_owned())
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
        let (lines, body) = letter.arriving();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value)?);
        }
        app.dials.of(letter.vendor).counters.deliveries_sent += 1;
        let started = app.wall.now();
        let result = self.post(target, headers, body).await;
        if let Some(outcome) = Outcome::of(&result) {
            app.outbox.add(letter, app.now(), app.wall.now() - started, outcome);
        }
        result
    }

    async fn post(&self, target: Url, headers: HeaderMap, body: Vec<u8>) -> Result<Receipt, DeliveryError> {
        let mut response = self.0.post(target).headers(headers).body(body).send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_LIMIT - body.len())]);
        }
        Ok(Receipt { status: response.status().as_u16(), body: String::from_utf8_lossy(&body).into_owned() })
    }
}
