//! Anybody's door. What needs proof on the way (a state, a start token, a browser) is checked by the flow.

pub mod callback;
pub mod console;
pub mod health;
mod pages;
mod providers;
mod start;

use crate::{
    http::routes::{Alias, Routes},
    rights::Action,
};
use axum::routing::get;
use utoipa_axum::routes;

const BACK: Alias =
    Alias { of: "/oauth/{provider}/callback", path: "/oauth/callback/{provider}", operation: "finishOauthCallback" };
const API: Alias = Alias { of: "/oauth/{provider}", path: "/api/{provider}/auth", operation: "startApiAuth" };
const API_BACK: Alias =
    Alias { of: "/oauth/{provider}/callback", path: "/api/{provider}/auth/callback", operation: "finishApiAuth" };

pub fn routes() -> Routes {
    Routes::new()
        .without_action(routes!(providers::list))
        .without_action(routes!(providers::show))
        .needing(Action::Connect, routes!(start::url))
        .needing(Action::Connect, routes!(start::install))
        .without_action(routes!(callback::callback))
        // The same under the other addresses that may be registered at vendors and in frontends.
        .alias(&BACK, None, get(callback::callback))
        .alias(&API, Some(Action::Connect), get(start::url))
        .alias(&API_BACK, None, get(callback::callback))
}
