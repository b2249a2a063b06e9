//! Tokens are handed out.

use crate::{app::App, oauth2::Scope, problem::Internal};
use chrono::TimeDelta;
use identity::{AccessClaims, Claims};
use kernel::{Secret, UserId};
use uuid::Uuid;

/// How long an access token holds, in seconds. It cannot be taken back, so it is short.
pub const LIFETIME_S: i64 = 10 * 60;
/// How long a family of refresh tokens lives that nobody uses.
pub const IDLE: TimeDelta = TimeDelta::days(30);
/// How long one lives however often it is used; then the person is asked again.
pub const LONGEST: TimeDelta = TimeDelta::days(365);

/// Whom a token speaks for, and where.
pub struct Bearer<'a> {
    pub user: UserId,
    pub client: &'a str,
    pub resource: &'a str,
    pub scopes: &'a [Scope],
}

/// What a client gets.
pub struct Issued {
    pub access_token: Secret,
    pub refresh_token: Option<Secret>,
    pub scope: String,
}

pub async fn issue(app: &App, bearer: &Bearer<'_>, refresh_token: Option<String>) -> Result<Issued, Internal> {
    let now = app.clock.now().timestamp();
    let scope = Scope::names(bearer.scopes).join(" ");
    let claims = AccessClaims {
        claims: Claims {
            sub: bearer.user,
            iss: app.issuer.clone(),
            aud: bearer.resource.into(),
            exp: now + LIFETIME_S,
            nbf: None,
            iat: Some(now),
        },
        client_id: bearer.client.to_owned(),
        scope: scope.clone(),
        jti: Uuid::now_v7().simple().to_string(),
    };
    let access_token = app.keys.signer().await?.sign_access_token(&claims)?.into();
    Ok(Issued { access_token, refresh_token: refresh_token.map(Secret::from), scope })
}
