//! The trusted backends' door: an operator token, and the tenant it acts for.

mod connect;
mod tenants;
mod tokens;

use crate::{http::routes::Routes, rights::Action};
use utoipa_axum::routes;

/// For one tenant.
pub fn routes() -> Routes {
    Routes::new().needing(Action::Vend, routes!(tokens::vend)).needing(Action::Connect, routes!(connect::callback))
}

/// For no tenant in particular.
pub fn admin_routes() -> Routes {
    Routes::new().needing(Action::Tenants, routes!(tenants::put))
}
