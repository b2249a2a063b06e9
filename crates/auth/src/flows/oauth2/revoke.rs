//! A client gives a token back (RFC 7009).

use crate::{
    app::App,
    oauth2::{OAuthError, Parameters, RefreshTokens},
};
use db::auth::{oauth_clients::Client, oauth_families};

/// What is dead or was never a token is given back as well as anything. What the client calls the token does not matter.
pub async fn revoke(app: &App, client: &Client, form: &Parameters) -> Result<(), OAuthError> {
    let token = form.get("token")?.ok_or(OAuthError::InvalidRequest("token is missing"))?;
    form.get("token_type_hint")?;
    let Some(id) = RefreshTokens::family(token) else {
        // Saying yes would be a lie: whoever holds it can use it until it runs out.
        return if is_jwt(token) { Err(OAuthError::UnsupportedTokenType) } else { Ok(()) };
    };
    let Some(family) = oauth_families::by_id(&app.pool, id).await? else { return Ok(()) };
    if family.client != client.id {
        return Err(OAuthError::InvalidGrant("the token was given to another client"));
    }
    // Also by a token of the family that has been used: then it is the more in need of an end.
    oauth_families::delete(&app.pool, id).await?;
    Ok(())
}

/// Three parts, of which the first begins like a JSON object.
fn is_jwt(token: &str) -> bool {
    token.starts_with("eyJ") && token.split('.').count() == 3
}
