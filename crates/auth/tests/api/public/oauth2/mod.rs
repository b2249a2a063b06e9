mod authorize;
mod consent;
mod documents;
mod metadata;
mod refresh;
mod register;
mod revoke;
mod sign_in;
mod token;

use crate::{
    clients::{RESOURCE, Server},
    service::Service,
};

/// What the service is told in these tests.
pub const SETTINGS: (&str, &str) = ("OAUTH_RESOURCES", RESOURCE);

pub async fn start() -> (Service, Server) {
    with(&[]).await
}

pub async fn with(more: &[(&str, &str)]) -> (Service, Server) {
    let service = Service::with(&[&[SETTINGS], more].concat()).await;
    let server = Server::new(&service.url, "http://localhost:5001");
    (service, server)
}
