//! A person's door: a JWT of the auth service.

mod allow_list;
mod link;
mod tools;

use crate::http::routes::Routes;
use utoipa_axum::routes;

pub fn routes() -> Routes {
    Routes::new().without_action(routes!(link::link)).without_action(routes!(tools::list, tools::replace))
}
