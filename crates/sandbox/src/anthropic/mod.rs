//! Anthropic's Messages API at `/anthropic/v1/messages`, as behind a gateway, and at `/v1/messages`: a model that answers what it was told to, or by two rules.

mod answer;
mod check;
mod door;
mod message;
mod model;
mod script;
mod stream;
mod usage;

pub(crate) use door::Refused;
pub(crate) use script::{Kept, Scripted};

use crate::{account::Vendor, app::App, faults};
use axum::{Router, extract::DefaultBodyLimit, middleware, routing::post};

/// The one key that is taken. It opens nothing but this, and whoever searches logs for it finds the canary in it.
pub const API_KEY: &str = "sk-ant-sandbox-zXcanaryXz";

/// What the API takes of a body.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

pub(crate) fn routes(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/v1/messages", post(answer::messages))
        .fallback(door::not_found)
        .method_not_allowed_fallback(door::not_allowed);
    behind_the_door(app, routes)
}

/// The same at the root of the host, where clients look for it that know no gateways.
pub(crate) fn at_root(app: &App) -> Router<App> {
    behind_the_door(app, Router::new().route("/v1/messages", post(answer::messages)))
}

fn behind_the_door(app: &App, routes: Router<App>) -> Router<App> {
    let context = (app.clone(), Vendor::Anthropic);
    routes
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(context, faults::on_api))
        .layer(middleware::from_fn_with_state(app.clone(), door::door))
}
