//! Routes, grouped by who may call. A folder's router applies its guard once.

mod browser;
mod doors;
mod hooks;
mod mcp;
mod member;
mod operator;
mod public;
mod query;
mod routes;
mod tenant;
mod views;

pub use doors::{Caller, Who};
pub use tenant::{connections, records, signals, signals::SignalView, streams};

use doors::Door;

use crate::App;
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use edge::{Cors, Problem, with_layers};
use http::StatusCode;
use std::{sync::Arc, time::Duration};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

/// Longer than one vendor call with its retries.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Connectors",
        description = "Connections, tokens and signals for AI products. Every failure is application/problem+json (RFC 9457).",
        license(name = "MIT", identifier = "MIT")
    ),
    modifiers(&Security),
    components(schemas(Problem)),
    tags(
        (name = "public", description = "No credentials."),
        (name = "hooks", description = "The vendor's signature over the raw bytes."),
        (name = "member", description = "A JWT of the auth service."),
        (name = "operator", description = "An operator token and X-Tenant-Id."),
        (name = "tenant", description = "Either of the two."),
    )
)]
struct Api;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        for name in ["member", "operator"] {
            let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
            components.add_security_scheme(name, scheme);
        }
    }
}

/// The documented routes of all doors.
fn routes(app: &Arc<App>) -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Api::openapi())
        .merge(public::health::routes())
        .merge(public::routes().behind(app, Door::Public))
        .merge(hooks::routes())
        .merge(member::routes().behind(app, Door::Member))
        .merge(operator::admin_routes().behind(app, Door::OperatorOnly))
        .merge(operator::routes().behind(app, Door::Operator))
        .merge(tenant::routes().behind(app, Door::Tenant))
}

/// The OpenAPI document.
pub fn openapi(app: &Arc<App>) -> Document {
    routes(app).into_openapi()
}

/// The whole service.
pub fn router(app: &Arc<App>) -> Router {
    let (router, document) = routes(app).split_for_parts();
    let router = router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
        .fallback(async || {
            Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "No such route")
                .detail("No route has this path. GET /openapi.json lists them all.")
                .into_response()
        })
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method not allowed")
                .detail("The path exists, the method does not; the Allow header lists those that do.")
                .into_response()
        })
        .with_state(Arc::clone(app));
    let cors = Cors::Frontends {
        origins: app.config.urls.frontends.clone(),
        exposed: &["ratelimit", "ratelimit-policy", "retry-after", "x-request-id"],
    };
    let locked = from_fn_with_state(Arc::clone(app), only_unlocked);
    with_layers(router.layer(locked.clone()), &cors, TIMEOUT).merge(mcp::router(app).layer(locked))
}

/// Before the keys have been tried nothing may be sealed: it would be lost under a wrong one.
async fn only_unlocked(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.standing.is_unlocked() || request.uri().path().starts_with("/health") {
        next.run(request).await
    } else {
        Problem::overloaded(chrono::TimeDelta::seconds(1)).into_response()
    }
}
