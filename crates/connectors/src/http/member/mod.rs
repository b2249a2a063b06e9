//! A person's door: a JWT of the auth service.

mod allow_list;
mod export;
mod link;
mod run_stream;
mod run_views;
mod runs;
mod tools;

use crate::http::routes::Routes;
use utoipa_axum::routes;

pub fn routes() -> Routes {
    Routes::new()
        .without_action(routes!(export::export))
        .without_action(routes!(link::link))
        .without_action(routes!(runs::begin))
        .without_action(routes!(runs::list))
        .without_action(routes!(runs::one))
        .without_action(routes!(runs::cancel))
        .without_action(routes!(runs::decide))
        .without_action(routes!(tools::list, tools::replace))
}
