//! The trusted backends' door: an operator token, and the tenant it acts for.

mod connect;
mod tenants;
mod tokens;

use crate::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// For one tenant.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(tokens::vend)).routes(routes!(connect::callback))
}

/// For no tenant in particular.
pub fn admin_routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(tenants::put))
}
