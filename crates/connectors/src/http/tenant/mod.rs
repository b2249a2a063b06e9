//! The door for a person or a backend: the caller is resolved to a tenant and, where there is one, a user.

mod connect;
mod connections;
mod proxy;
mod signals;

use crate::App;
use axum::routing::get;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<Arc<App>> {
    let mut router = OpenApiRouter::new()
        .routes(routes!(connect::start))
        .routes(routes!(connections::list))
        .route("/oauth/connections", get(connections::list))
        .routes(routes!(connections::show, connections::end))
        .routes(routes!(connections::refresh))
        .routes(routes!(signals::list))
        .routes(routes!(proxy::call));
    // The router's word for "and all that follows" is no name in OpenAPI.
    let paths = &mut router.get_openapi_mut().paths.paths;
    if let Some(item) = paths.remove("/proxy/{connection_id}/{*path}") {
        paths.insert("/proxy/{connection_id}/{path}".to_owned(), item);
    }
    router
}
