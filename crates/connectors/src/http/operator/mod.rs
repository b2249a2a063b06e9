//! The trusted backends' door: an operator token, and the tenant it acts for.

mod audit;
mod connect;
mod doctor;
mod installations;
mod provider_configs;
pub(super) mod tenants;
mod tokens;

use crate::{http::routes::Routes, rights::Action};
use utoipa_axum::routes;

/// For one tenant.
pub fn routes() -> Routes {
    Routes::new()
        .needing(Action::Vend, routes!(tokens::vend))
        .needing(Action::Vend, routes!(tokens::vend_by_id))
        .needing(Action::Connect, routes!(connect::callback))
        .needing(Action::Read, routes!(installations::list))
        .needing(Action::Disconnect, routes!(installations::end))
        .needing(Action::Audit, routes!(audit::list))
        .needing(Action::Configure, routes!(provider_configs::list))
        .needing(Action::Configure, routes!(provider_configs::put, provider_configs::get, provider_configs::delete))
}

/// For no tenant in particular.
pub fn admin_routes() -> Routes {
    Routes::new()
        .needing(Action::Tenants, routes!(tenants::put, tenants::show))
        .needing(Action::Erase, routes!(tenants::erase))
        .needing(Action::Export, routes!(tenants::export))
        .needing(Action::Examine, routes!(doctor::examine))
}
