//! A person's door: a JWT of the auth service.

mod link;

use crate::http::routes::Routes;
use utoipa_axum::routes;

pub fn routes() -> Routes {
    Routes::new().without_action(routes!(link::link))
}
