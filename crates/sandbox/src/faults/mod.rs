//! Faults on demand: what a vendor's servers, or a proxy before them, do on a bad day.

mod answers;

use crate::{
    account::Vendor,
    app::App,
    dials::{Held, SharedDial},
    parameters::Parameters,
    wire::Wire,
};
use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Which requests a fault is for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// Everything at the token endpoint.
    Token,
    /// There, codes only.
    Exchange,
    /// There, refresh tokens only.
    Refresh,
    Api,
    Revoke,
    /// The vendor's MCP server.
    Mcp,
}

impl Target {
    pub(crate) fn covers(self, request: Self) -> bool {
        self == request || (self == Self::Token && matches!(request, Self::Exchange | Self::Refresh))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[serde(rename = "status_500")]
    Status500,
    #[serde(rename = "status_502_html")]
    Status502Html,
    #[serde(rename = "status_429")]
    Status429,
    /// Overloaded, in Anthropic's number.
    #[serde(rename = "status_529")]
    Status529,
    /// The vendor's own refusal for too many calls: 403 at GitHub, 400 at Linear, 200 at Zoho, 429 elsewhere.
    RateLimited,
    /// What the API says where a quota is used up: 403 at Google, 429 in the vendor's own words at Zoho, Spotify and
    /// Atlassian, 400 with the reset at Linear, elsewhere as `rate_limited`.
    QuotaExceeded,
    /// The work is done, and the answer says that little is left of the quota, at vendors that say so.
    QuotaLow,
    #[serde(rename = "error_200")]
    Error200,
    #[serde(rename = "html_200")]
    Html200,
    /// JSON that is right, under a content type that is not.
    JsonAsHtml,
    /// A list where an object belongs.
    JsonArray,
    TruncatedJson,
    /// 10 MiB of JSON.
    HugeBody,
    #[serde(rename = "body_20mb")]
    Body20Mb,
    /// JSON that goes on, a few bytes at a time, until the client gives up.
    SlowBody,
    Empty,
    /// Elsewhere.
    Redirect,
    /// The connection ends without one byte of an answer.
    Close,
    /// It ends with a reset (RST).
    Reset,
    /// No answer until the client gives up.
    Hang,
    /// The work is done and holds; the answer waits for `release`.
    Hold,
    /// The work is done and holds; the connection ends without an answer.
    AnswerLost,
}

/// How `Retry-After` is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RetryAfter {
    #[default]
    Seconds,
    Date,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) on: Target,
    pub(crate) kind: Kind,
    /// How many requests it is for.
    #[serde(default = "once", deserialize_with = "at_least_one")]
    pub(crate) times: u32,
    /// How many requests it lets through before it begins.
    #[serde(default)]
    pub(crate) after: u32,
    pub(crate) retry_after_seconds: Option<u32>,
    #[serde(default)]
    pub(crate) retry_after_as: RetryAfter,
    /// The `error` of `error_200`, for example `bad_refresh_token`.
    pub(crate) error: Option<String>,
    /// Where `redirect` leads; absent, to an address here that counts who follows.
    pub(crate) redirect_to: Option<String>,
    /// 302 unless it says another one.
    pub(crate) redirect_status: Option<u16>,
}

fn once() -> u32 {
    1
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    NonZeroU32::deserialize(deserializer).map(NonZeroU32::get)
}

/// Whose bad day it is.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) app: App,
    pub(crate) vendor: Vendor,
    /// `slack`, or `generic/acme`.
    pub(crate) name: String,
    pub(crate) dial: SharedDial,
}

impl Place {
    fn of((app, vendor): (App, Vendor)) -> Self {
        let dial = app.dials.shared(vendor);
        Self { app, vendor, name: vendor.slug().to_owned(), dial }
    }
}

type Context = State<(App, Vendor)>;

/// Counts a request to a token endpoint, and lets it through unless a fault is due.
pub(crate) async fn on_token(State(context): Context, request: Request, next: Next) -> Response {
    token(&Place::of(context), request, async |request| next.run(request).await).await
}

/// The same for the API. What a client ends with `DELETE` counts as revoking.
pub(crate) async fn on_api(State(context): Context, request: Request, next: Next) -> Response {
    api(&Place::of(context), request, async |request| next.run(request).await).await
}

/// The same for the MCP server, whose requests are counted apart.
pub(crate) async fn on_mcp(State(context): Context, request: Request, next: Next) -> Response {
    let place = Place::of(context);
    place.dial.lock().counters.mcp_calls += 1;
    pass_or_fail(&place, Target::Mcp, request, async |request| next.run(request).await).await
}

/// The same for a revocation endpoint that stands outside the API.
pub(crate) async fn on_revoke(State(context): Context, request: Request, next: Next) -> Response {
    pass_or_fail(&Place::of(context), Target::Revoke, request, async |request| next.run(request).await).await
}

pub(crate) async fn token(place: &Place, request: Request, serve: impl AsyncFnOnce(Request) -> Response) -> Response {
    place.dial.lock().counters.token_requests += 1;
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, TOKEN_REQUEST_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let parameters = Parameters::from_json(&body).or_else(|| Parameters::parse(&body));
    let is_refresh = parameters.is_some_and(|parameters| parameters.get("grant_type") == Some("refresh_token"));
    let target = if is_refresh { Target::Refresh } else { Target::Exchange };
    pass_or_fail(place, target, Request::from_parts(parts, Body::from(body)), serve).await
}

/// No token request is longer.
const TOKEN_REQUEST_LIMIT: usize = 1024 * 1024;

pub(crate) async fn api(place: &Place, request: Request, serve: impl AsyncFnOnce(Request) -> Response) -> Response {
    place.dial.lock().counters.api_calls += 1;
    let target = if request.method() == Method::DELETE { Target::Revoke } else { Target::Api };
    pass_or_fail(place, target, request, serve).await
}

pub(crate) async fn pass_or_fail(
    place: &Place,
    target: Target,
    request: Request,
    serve: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    // Who waits for a release counts from here on: one that comes while the work is being done is not missed.
    let (fault, mut released) = {
        let mut dial = place.dial.lock();
        (dial.take_fault(target), dial.released.subscribe())
    };
    let Some(fault) = fault else { return serve(request).await };
    let wire =
        request.extensions().get::<ConnectInfo<Wire>>().map(|ConnectInfo(wire)| wire.clone()).unwrap_or_default();
    match fault.kind {
        Kind::Hang => place.app.shutdown.cancelled().await,
        Kind::Close => wire.cut(),
        Kind::Reset => wire.reset(),
        Kind::Hold => {
            let response = serve(request).await;
            let _held = Held::new(&place.dial);
            tokio::select! {
                // An error is the end of the dial itself, and of the sandbox.
                _ = released.changed() => {}
                () = place.app.shutdown.cancelled() => {}
            }
            return response;
        }
        Kind::QuotaLow => {
            let mut response = serve(request).await;
            response.headers_mut().extend(answers::little_left(place));
            return response;
        }
        Kind::AnswerLost => {
            serve(request).await;
            wire.cut();
        }
        _ => {}
    }
    let mut response = answers::answer(place, &fault);
    if let Some(value) = answers::retry_after(&place.app, &fault) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
