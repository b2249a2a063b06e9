//! A program registers itself (RFC 7591).

use crate::{
    app::App,
    oauth2::{ClientMetadata, OAuthError},
};
use db::auth::oauth_clients::{self, AuthMethod, Client, Kind};
use kernel::Secret;

/// The client, and its secret, which is told this once.
pub struct Registered {
    pub client: Client,
    pub secret: Option<Secret>,
}

pub async fn register(app: &App, metadata: ClientMetadata) -> Result<Registered, OAuthError> {
    // What RFC 7591, 2 takes an absent one for.
    let auth_method = metadata.auth_method.unwrap_or(AuthMethod::Basic);
    let secret = match auth_method {
        AuthMethod::None => None,
        AuthMethod::Basic | AuthMethod::Post => Some(kernel::token()),
    };
    let client = Client {
        // No URL can look like this, so nobody registers as the client of a document.
        id: format!("c_{}", kernel::alphanumeric(32)),
        kind: Kind::Registered,
        name: metadata.name,
        redirect_uris: metadata.redirect_uris,
        refreshes: metadata.refreshes,
        auth_method,
        secret_hash: secret.as_ref().map(kernel::sha256),
        created_at: app.clock.now(),
        read_at: None,
    };
    oauth_clients::save(&app.pool, &client).await?;
    tracing::info!(client = client.id, "a client has registered");
    Ok(Registered { client, secret: secret.map(Secret::from) })
}
