//! The door for a person or a backend: the caller is resolved to a tenant and, where there is one, a user.

mod connect;
pub mod connections;
mod events;
mod follower;
mod progress;
mod proxy;
pub mod records;
pub mod signals;
mod stream;
pub mod streams;
mod subscriptions;
mod timeline;

use crate::{
    http::routes::{Alias, Routes},
    rights::Action,
};
use axum::routing::get;
use utoipa_axum::routes;

const CONNECTIONS: Alias = Alias { of: "/connections", path: "/oauth/connections", operation: "listOauthConnections" };

pub fn routes() -> Routes {
    Routes::new()
        .needing(Action::Connect, routes!(connect::start))
        .needing(Action::Read, routes!(connections::list))
        .alias(&CONNECTIONS, Some(Action::Read), get(connections::list))
        .needing(Action::Read, routes!(connections::show))
        .needing(Action::Read, routes!(timeline::show))
        .needing(Action::Disconnect, routes!(connections::end))
        .needing(Action::Refresh, routes!(connections::refresh))
        .needing(Action::Read, routes!(streams::list))
        .needing(Action::Sync, routes!(streams::sync))
        .needing(Action::Read, routes!(records::list))
        .needing(Action::Read, routes!(signals::list))
        .needing(Action::Read, routes!(stream::stream))
        .needing(Action::Read, routes!(events::list))
        .needing(Action::Read, routes!(events::refused))
        .needing(Action::Read, routes!(events::show))
        .needing(Action::Replay, routes!(events::replay))
        .needing(Action::Replay, routes!(events::replay_range))
        .needing(Action::Subscribe, routes!(subscriptions::list, subscriptions::put))
        .needing(Action::Subscribe, routes!(subscriptions::show, subscriptions::delete))
        .needing(Action::Subscribe, routes!(subscriptions::rotate))
        .needing(Action::Subscribe, routes!(subscriptions::replay))
        .needing(Action::Proxy, routes!(proxy::call))
        // The router's word for "and all that follows" is no name in OpenAPI.
        .documented("/proxy/{connection_id}/{*path}", "/proxy/{connection_id}/{path}")
}
