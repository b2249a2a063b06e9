//! The layers round every route: request id, span, panics to problems, time-out, CORS, and the finishing of problems.

use crate::{
    Problem, RequestTag,
    around::{Around, Next, Rounded},
    telemetry::adopt_parent,
};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use kernel::meters;
use std::{
    any::Any,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

/// Who may read answers in a browser, from a page of another origin.
#[derive(Debug, Clone)]
pub enum Cors {
    /// The pages of these exact origins, with cookies; never a wildcard, for that reason. `exposed`: the response headers that
    /// scripts may read.
    Frontends { origins: Vec<String>, exposed: &'static [&'static str] },
    /// Every page, without cookies: what is answered depends on no browser. `allowed`: the request headers, beside
    /// `Authorization` and `Content-Type`, that scripts may send.
    Anybody { allowed: &'static [&'static str], exposed: &'static [&'static str] },
    /// Nobody, and no preflight is answered: for pages that people look at themselves.
    Nobody,
}

/// What we call JSON is not a page.
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// How long a browser remembers what it may.
const PREFLIGHT: Duration = Duration::from_mins(10);

impl Cors {
    fn layer(&self) -> Option<CorsLayer> {
        let names = |names: &[&'static str]| names.iter().map(|name| HeaderName::from_static(name)).collect::<Vec<_>>();
        let layer = match self {
            Self::Frontends { origins, exposed } => {
                let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
                CorsLayer::new()
                    .allow_origin(AllowOrigin::list(origins))
                    .allow_credentials(true)
                    .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
                    .allow_headers([
                        header::AUTHORIZATION,
                        header::CONTENT_TYPE,
                        header::ACCEPT,
                        HeaderName::from_static("x-tenant-id"),
                        HeaderName::from_static("mcp-protocol-version"),
                        HeaderName::from_static("mcp-method"),
                        HeaderName::from_static("mcp-name"),
                        HeaderName::from_static("mcp-session-id"),
                        HeaderName::from_static("last-event-id"),
                    ])
                    .expose_headers(names(exposed))
            }
            Self::Anybody { allowed, exposed } => {
                let known = [header::AUTHORIZATION, header::CONTENT_TYPE];
                CorsLayer::new()
                    .allow_origin(AllowOrigin::any())
                    .allow_methods([Method::GET, Method::POST, Method::DELETE])
                    .allow_headers(known.into_iter().chain(names(allowed)).collect::<Vec<_>>())
                    .expose_headers(names(exposed))
            }
            Self::Nobody => return None,
        };
        Some(layer.max_age(PREFLIGHT))
    }
}

/// Wraps a service's routes. `timeout` is for the whole request.
pub fn with_layers(router: Router, cors: &Cors, timeout: Duration) -> Router {
    let (observed, bounded) = (Rounded(Observed), Rounded(Bounded(timeout)));
    match cors.layer() {
        Some(cors) => router.layer(ServiceBuilder::new().layer(observed).layer(cors).layer(bounded)),
        None => router.layer(ServiceBuilder::new().layer(observed).layer(bounded)),
    }
}

/// Ends after a time, and with a panic.
#[derive(Clone)]
struct Bounded(Duration);

impl Around for Bounded {
    async fn handle(self, request: Request, next: impl Next) -> Response {
        match tokio::time::timeout(self.0, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
            Ok(Ok(response)) => response,
            Ok(Err(payload)) => panicked(&*payload),
            Err(_) => Problem::overloaded(chrono::TimeDelta::seconds(1)).into_response(),
        }
    }
}

fn panicked(payload: &(dyn Any + Send)) -> Response {
    // The panic's message may hold anything; only its kind is logged here. The hook has printed where it happened.
    tracing::error!(text = payload.is::<String>() || payload.is::<&str>(), "a handler panicked");
    Problem::internal().into_response()
}

/// The path as logs and problems may show it: where a segment is a token (a mailed link), the route's own words stand in.
fn shown_path(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(route) if route.as_str().contains("{token}") => route.as_str().to_owned(),
        _ => request.uri().path().to_owned(),
    }
}

/// A span a request, with the path but never the query, and the last word on problems.
#[derive(Clone)]
struct Observed;

impl Around for Observed {
    async fn handle(self, mut request: Request, next: impl Next) -> Response {
        let tag = RequestTag::of(request.headers());
        let path = shown_path(&request);
        let counted = Counted::begin(&request);
        let span = tracing::info_span!("request", id = %tag, method = %request.method(), path = %path, status = tracing::field::Empty);
        adopt_parent(&span, request.headers());
        request.extensions_mut().insert(tag.clone());
        let mut response = next.run(request).instrument(span.clone()).await;
        counted.answered(response.status());
        if let Some(mut problem) = response.extensions_mut().remove::<Problem>() {
            problem.of_request(path, tag.to_string());
            let (mut parts, _) = response.into_parts();
            // Headers set on the way out (CORS, rate limit) stay; the body is written anew.
            let finished = problem.render();
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.extend(finished.headers().clone());
            response = Response::from_parts(parts, finished.into_body());
        }
        span.record("status", response.status().as_u16());
        let _entered = span.enter();
        if response.status() >= StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!("answered");
        } else {
            tracing::debug!("answered");
        }
        response.headers_mut().entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(NOSNIFF);
        tag.write(response.headers_mut());
        response
    }
}

/// A request under way, as the metrics know it. One that its caller breaks off is counted as well, without a status.
struct Counted {
    method: &'static str,
    route: String,
    begun: Instant,
    status: Option<StatusCode>,
}

impl Counted {
    fn begin(request: &Request) -> Self {
        metrics::gauge!(meters::HTTP_IN_FLIGHT.name).increment(1.0);
        let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
        Self { method: known(request.method()), route, begun: Instant::now(), status: None }
    }

    fn answered(mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!(meters::HTTP_IN_FLIGHT.name).decrement(1.0);
        let route = std::mem::take(&mut self.route);
        metrics::histogram!(meters::HTTP_DURATION.name, "method" => self.method, "route" => route.clone())
            .record(self.begun.elapsed());
        let status = self.status.map_or_else(|| "none".to_owned(), |status| status.as_str().to_owned());
        metrics::counter!(
            meters::HTTP_REQUESTS.name,
            "method" => self.method, "route" => route, "status" => status
        )
        .increment(1);
    }
}

/// Methods are whatever a stranger writes; labels are not.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
