//! Anybody's door. What needs proof on the way (a state, a start token, a browser) is checked by the flow.

pub mod callback;
pub mod health;
mod pages;
mod providers;
mod start;

use crate::{http::routes::Routes, rights::Action};
use axum::routing::get;
use utoipa_axum::routes;

pub fn routes() -> Routes {
    Routes::new()
        .without_action(routes!(providers::list))
        .without_action(routes!(providers::show))
        .needing(Action::Connect, routes!(start::url))
        .needing(Action::Connect, routes!(start::install))
        .without_action(routes!(callback::callback))
        // The same under the other addresses that may be registered at vendors and in frontends.
        .alias(None, "/oauth/callback/{provider}", get(callback::callback))
        .alias(Some(Action::Connect), "/api/{provider}/auth", get(start::url))
        .alias(None, "/api/{provider}/auth/callback", get(callback::callback))
}
