//! Fetching what strangers have written, from where strangers have said.

use super::{AuthorizeError, Authorizer, Reach};
use http::{
    HeaderMap, Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use outbound::{HostPolicy, PolicyError};
use serde::de::DeserializeOwned;
use std::time::Duration;
use url::Url;

/// Metadata is a few kilobytes.
const LARGEST: usize = 256 * 1024;
/// For one document. There are up to a handful, one after the other.
const PATIENCE: Duration = Duration::from_secs(5);

impl Authorizer<'_> {
    /// What may be called at `url`: that origin.
    pub(super) fn hosts(&self, url: &Url) -> Result<HostPolicy, PolicyError> {
        // What was named with https is not spoken to in the clear.
        let is_as_safe = url.scheme() == "https" || self.server.scheme() == "http";
        if self.reach == Reach::OwnHost && url.host() == self.server.host() && is_as_safe {
            HostPolicy::allow_inner([url.as_str()])
        } else {
            HostPolicy::allow_public([url.as_str()])
        }
    }

    /// The document at `url`; `None` where there is none, or a page for people, as some servers have at every address.
    pub(super) async fn document<T: DeserializeOwned>(&self, url: &Url) -> Result<Option<T>, AuthorizeError> {
        let request = self.client.request(&self.hosts(url).map_err(outbound::Error::from)?, Method::GET, url)?;
        let request = request.header(ACCEPT, "application/json").timeout(PATIENCE);
        let answer = self.client.send(request, LARGEST).await?;
        let kind = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !answer.status.is_success() || !kind.contains("json") {
            return Ok(None);
        }
        serde_json::from_slice(&answer.body).map(Some).map_err(|_| AuthorizeError::Unreadable)
    }

    /// Where `url` leads to, if it leads on at all: for a browser leg without a browser.
    pub async fn redirect_of(&self, url: &Url) -> Result<Option<Url>, AuthorizeError> {
        let request = self.client.request(&self.hosts(url).map_err(outbound::Error::from)?, Method::GET, url)?;
        let answer = self.client.send(request.timeout(PATIENCE), LARGEST).await?;
        Ok(location(&answer.headers).filter(|_| answer.status.is_redirection()))
    }

    /// Sends JSON, brings JSON.
    pub(super) async fn posted(&self, url: &Url, body: &serde_json::Value) -> Result<outbound::Answer, AuthorizeError> {
        let request = self.client.request(&self.hosts(url).map_err(outbound::Error::from)?, Method::POST, url)?;
        Ok(self.client.send(request.json(body).timeout(PATIENCE), LARGEST).await?)
    }
}

fn location(headers: &HeaderMap) -> Option<Url> {
    headers.get(http::header::LOCATION)?.to_str().ok()?.parse().ok()
}

/// `url` with another path, and nothing behind it.
pub(super) fn at(url: &Url, path: &str) -> Url {
    let mut there = url.clone();
    there.set_path(path);
    there.set_query(None);
    there.set_fragment(None);
    there
}
