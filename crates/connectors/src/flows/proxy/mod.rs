//! A vendor's API called for somebody with a connection's token, which they never see.

mod headers;
mod redact;
mod target;
mod upload;

pub use upload::{Upload, UploadError};

use super::{
    budget::{Budget, For},
    settings,
    vend::{self, VendError, Vended, Want},
};
use crate::{App, http::Caller};
use bytes::{Bytes, BytesMut};
use chrono::TimeDelta;
use db::connections;
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use kernel::{ConnectionId, GrantKey, Secret, same};
use outbound::{Answer, Bounds, Streamed};
use providers::Configured;
use redact::Redactor;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use url::Url;

/// Of an answer, decompressed: a page of any list, and most files that an API holds.
const LARGEST_ANSWER: usize = 50 * 1024 * 1024;
/// A caller who reads this slowly, or a stream this long, is ended.
const LONGEST_EXCHANGE: Duration = Duration::from_mins(10);
/// The answers that say "too many requests" are short; so much of a refusal is read before it is passed on.
const LOOK: usize = 16 * 1024;
/// After a vendor that could not be reached.
const LATER: TimeDelta = TimeDelta::seconds(10);

/// A call as the caller sent it.
pub struct Asked {
    pub method: Method,
    /// Below the API's base, as it was sent, without a leading slash.
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub upload: Upload,
}

/// The vendor's answer on its way to the caller.
pub struct Passing<S> {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: S,
}

/// No answer of the vendor's.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    #[error("no token")]
    Vend(#[from] VendError),
    #[error("the path {0}")]
    Path(&'static str),
    #[error("the vendor has asked for a pause")]
    Paused { retry_after: TimeDelta },
    #[error("the body did not get through")]
    Upload(#[from] UploadError),
    #[error("the vendor gave no answer that can be passed on")]
    Unavailable { retry_after: TimeDelta },
    #[error("the provider's address may not be called")]
    Forbidden(#[source] outbound::Error),
    #[error("the stored credential does not fit where the provider wants it")]
    Credential,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// Calls, and answers when the head of the vendor's answer is there. Any status of the vendor's is an answer.
pub async fn proxy(
    app: &Arc<App>,
    caller: &Caller,
    id: ConnectionId,
    asked: Asked,
) -> Result<Passing<impl Stream<Item = Result<Bytes, outbound::Error>> + Send + use<>>, ProxyError> {
    let deadline = Instant::now() + app.config.proxy_patience;
    let found = connections::find(&app.pool, caller.tenant, id).await?;
    let connection = found.filter(|connection| caller.may_see(connection)).ok_or(VendError::NotFound)?;
    let at = settings::configured(app, Some(caller.tenant), &connection.provider, &connection.parameters).await;
    let configured = at.map_err(VendError::from)?;
    let key = GrantKey::primary(id);
    let api = &configured.endpoints.api;
    let url = target::url(api, &asked.path, asked.query.as_deref())?;
    let now = app.clock.now();
    let budget = Budget::of(app, &configured, &connection).await?;
    if let Some(until) = budget.rests_until(Some(url.path()), For::Somebody).await? {
        return Err(ProxyError::Paused { retry_after: until - now });
    }
    let vended = vend::vend(app, caller.tenant, key, Want::Fresh).await?;
    let call = Call {
        app,
        configured: &configured,
        url: &url,
        method: &asked.method,
        headers: headers::to_vendor(&asked.headers),
    };

    let mut token = vended.grant.access_token.clone();
    let mut answer = match asked.upload {
        Upload::Whole(body) => {
            let mut answer = call.send(&token, body.clone().into(), Some(body.len()), deadline).await?;
            if answer.status == StatusCode::UNAUTHORIZED
                && let Some(fresh) = call.another_token(&vended, deadline).await?
            {
                let length = Some(body.len());
                answer = call.send(&fresh, body.into(), length, deadline).await?;
                token = fresh;
            }
            answer
        }
        Upload::Flowing { length, pieces, watch } => {
            let sent = call.send(&token, outbound::flowing(pieces), length, deadline).await;
            let answer = sent.map_err(|error| watch.seen().map_or(error, ProxyError::Upload))?;
            // The body has gone by; the next call gets the new token, and a dead grant is told now.
            if answer.status == StatusCode::UNAUTHORIZED {
                call.another_token(&vended, deadline).await?;
            }
            answer
        }
    };
    tracing::debug!(
        provider = %connection.provider, connection = %connection.id, method = %asked.method, path = %asked.path,
        status = answer.status.as_u16(), "a vendor was called"
    );

    if let Err(error) = budget.hear(url.path(), &answer.headers).await {
        tracing::error!(%error, connection = %connection.id, "what is left of a vendor's quota is not noted");
    }
    let mut passed = headers::to_caller(&answer.headers, &token);
    let beginning = call.note_pause(&vended, &mut answer, &mut passed, deadline).await?;
    let location = answer.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    if let Some(path) = location.and_then(|location| target::back(api, &url, location))
        && !path.contains(token.expose())
        && let Ok(value) = HeaderValue::from_str(&app.config.urls.public(&format!("/proxy/{id}/{path}")))
    {
        passed.insert(header::LOCATION, value);
    }
    dress(&mut passed);
    Ok(Passing { status: answer.status, headers: passed, body: body(answer, beginning, token) })
}

/// One call, however often it is sent.
struct Call<'a> {
    app: &'a Arc<App>,
    configured: &'a Configured,
    url: &'a Url,
    method: &'a Method,
    headers: HeaderMap,
}

impl Call<'_> {
    async fn send(
        &self,
        token: &Secret,
        body: outbound::Body,
        length: Option<usize>,
        deadline: Instant,
    ) -> Result<Streamed, ProxyError> {
        let app = self.app;
        let dressed = self.configured.dressed(token, self.url.clone());
        let (url, dress) = dressed.map_err(|_| ProxyError::Credential)?;
        let request = app.client.request(&self.configured.hosts, self.method.clone(), &url).map_err(no_answer)?;
        let headers = dress.over(self.headers.clone());
        let mut request = request.headers(headers).body(body);
        // Without a body nothing is announced: a GET has none.
        if let Some(length) = length.filter(|length| *length > 0) {
            request = request.header(header::CONTENT_LENGTH, length);
        }
        let bounds = Bounds { idle: app.config.proxy_patience, total: LONGEST_EXCHANGE, bytes: LARGEST_ANSWER };
        let answer = timeout_at(deadline, app.client.open(request, bounds)).await;
        let answer = answer.map_err(|_| ProxyError::Unavailable { retry_after: LATER })?.map_err(no_answer)?;
        let coded = answer.headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
        if coded || answer.status.is_informational() {
            // A coding that nobody asked for cannot be looked through for the token.
            return Err(ProxyError::Unavailable { retry_after: LATER });
        }
        Ok(answer)
    }

    /// The token to try again with, if it is the token that the vendor refused.
    async fn another_token(&self, vended: &Vended, deadline: Instant) -> Result<Option<Secret>, ProxyError> {
        let (app, connection, refused) = (self.app, &vended.connection, &vended.grant.access_token);
        match timeout_at(deadline, vend::is_refused(app, self.configured, vended)).await {
            Ok(true) => {}
            Ok(false) | Err(_) => return Ok(None),
        }
        let fresh = vend::after_refusal(app, connection.tenant, vended.key, refused).await?.grant.access_token;
        Ok((!same(fresh.expose(), refused.expose())).then_some(fresh))
    }

    /// If the vendor asks for a pause, every process knows from here on. Returns what was read of the body.
    async fn note_pause(
        &self,
        vended: &Vended,
        answer: &mut Streamed,
        passed: &mut HeaderMap,
        deadline: Instant,
    ) -> Result<Bytes, ProxyError> {
        let may_ask =
            [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&answer.status);
        if !may_ask || self.method == Method::HEAD {
            return Ok(Bytes::new());
        }
        let mut beginning = BytesMut::new();
        while beginning.len() < LOOK {
            let piece = timeout_at(deadline, answer.piece()).await;
            match piece.map_err(|_| ProxyError::Unavailable { retry_after: LATER })?.map_err(no_answer)? {
                Some(piece) => beginning.extend_from_slice(&piece),
                None => break,
            }
        }
        let (app, beginning) = (self.app, beginning.freeze());
        let refusal = Answer { status: answer.status, headers: answer.headers.clone(), body: beginning.clone() };
        let now = app.clock.now();
        if let Some(pause) = self.configured.provider.vendor.pause(&refusal, now) {
            let noted = async {
                let budget = Budget::of(app, self.configured, &vended.connection).await?;
                budget.pause(self.url.path(), &answer.headers, Some(pause)).await
            };
            // The answer is worth more than the note.
            if let Err(error) = noted.await {
                tracing::error!(%error, connection = %vended.connection.id, "a vendor's pause is not noted");
            }
            passed.entry(header::RETRY_AFTER).or_insert_with(|| HeaderValue::from(pause.num_seconds().max(1)));
        }
        Ok(beginning)
    }
}

/// A vendor's page is shown by no browser as one of ours, and nobody between keeps an answer that belongs to one caller.
fn dress(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    // `public` would let a cache give it to the next caller; asking again with the ETag stays possible.
    let kept_nowhere = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains("no-store"));
    if !headers.get(header::CACHE_CONTROL).is_some_and(kept_nowhere) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    headers.append(header::VARY, HeaderValue::from_static("authorization, x-tenant-id"));
}

fn no_answer(error: outbound::Error) -> ProxyError {
    match error {
        outbound::Error::Timeout
        | outbound::Error::Unreached
        | outbound::Error::Connection
        | outbound::Error::TooLarge { .. } => ProxyError::Unavailable { retry_after: LATER },
        outbound::Error::Policy(_) | outbound::Error::Request => ProxyError::Forbidden(error),
    }
}

/// What is left of the answer, piece by piece as the caller takes it, without the token.
fn body(
    answer: Streamed,
    beginning: Bytes,
    token: Secret,
) -> impl Stream<Item = Result<Bytes, outbound::Error>> + Send + use<> {
    let start = Some((answer, beginning, Redactor::new(token)));
    stream::unfold(start, |state| async move {
        let (mut answer, mut beginning, mut redactor) = state?;
        loop {
            let next =
                if beginning.is_empty() { answer.piece().await } else { Ok(Some(std::mem::take(&mut beginning))) };
            match next {
                Ok(Some(piece)) => {
                    let out = redactor.pass(&piece);
                    if !out.is_empty() {
                        return Some((Ok(out), Some((answer, beginning, redactor))));
                    }
                }
                Ok(None) => return Some((Ok(redactor.end()), None)),
                Err(error) => {
                    tracing::debug!(%error, "a vendor's answer broke off");
                    return Some((Err(error), None));
                }
            }
        }
    })
}
