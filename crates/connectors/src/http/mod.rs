//! Routes, grouped by who may call. A folder's router applies its guard once.

mod browser;
mod document;
mod doors;
mod hooks;
mod mcp;
mod member;
mod ndjson;
mod operator;
mod public;
mod query;
mod reference;
mod routes;
mod tenant;
mod views;

pub use document::{Fails, document as openapi};
pub use doors::{Caller, Who, forbidden};
pub use query::too_large;
pub use tenant::{connections, records, signals, signals::SignalView, streams};

use crate::App;
use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use doors::Door;
use edge::{Around, Cors, Next, Problem, Rounded, with_layers};
use http::StatusCode;
use routes::{Before, Routes};
use std::{sync::Arc, time::Duration};

/// Longer than one vendor call with its retries.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Our routes, and what stands before them. What is neither in here nor in `mcp::folders` is not served, and not documented.
fn folders() -> Vec<(Before, Routes)> {
    vec![
        (Before::Nothing, public::health::routes()),
        (Before::Nothing, reference::routes()),
        (Before::Nothing, public::console::routes()),
        (Before::Door(Door::Public), public::routes()),
        (Before::Signature, hooks::routes()),
        (Before::Door(Door::Member), member::routes()),
        (Before::Door(Door::OperatorOnly), operator::admin_routes()),
        (Before::Door(Door::Operator), operator::routes()),
        (Before::Door(Door::Tenant), tenant::routes()),
    ]
}

/// All routes, before they know whom they serve.
pub struct Unbound(Vec<(Before, Routes)>);

/// Takes some milliseconds, mostly for what the routes say of themselves.
pub fn unbound() -> Unbound {
    Unbound(folders())
}

/// The whole service.
pub fn router(app: &Arc<App>) -> Router {
    bind(unbound(), app)
}

/// The same, of routes that are there already.
pub fn bind(routes: Unbound, app: &Arc<App>) -> Router {
    let ours = routes.0.into_iter().fold(Router::new(), |all, (before, routes)| all.merge(routes.behind(app, before)));
    let ours = ours.fallback(nothing_there).method_not_allowed_fallback(no_such_method).with_state(Arc::clone(app));
    let cors = Cors::Frontends {
        origins: app.config.urls.frontends.clone(),
        exposed: &["ratelimit", "ratelimit-policy", "retry-after", "x-request-id"],
    };
    with_layers(ours.layer(Rounded(Locked(Arc::clone(app)))), &cors, TIMEOUT).merge(mcp::router(app))
}

/// Before the keys have been tried nothing may be sealed, for it would be lost under a wrong one: shut but for health.
#[derive(Clone)]
struct Locked(Arc<App>);

impl Around for Locked {
    async fn handle(self, request: Request, next: impl Next) -> Response {
        if self.0.standing.is_unlocked() || request.uri().path().starts_with("/health") {
            next.run(request).await
        } else {
            Problem::overloaded(chrono::TimeDelta::seconds(1)).into_response()
        }
    }
}

async fn nothing_there() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "No such route")
        .detail("No route has this path. GET /openapi.json lists them all.")
        .into_response()
}

async fn no_such_method() -> Response {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method not allowed")
        .detail("The path exists, the method does not; the Allow header lists those that do.")
        .into_response()
}
